//! Structurally valid pictures whose pixels are noise.

pub(crate) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(body);
    chunk.extend(crc32fast::hash(&chunk[4..]).to_be_bytes());
    chunk
}

pub(crate) fn header(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    chunk(b"IHDR", &header)
}

pub(crate) fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunks.iter().for_each(|chunk| png.extend(chunk));
    png
}

pub(crate) fn png(pixels: &[u8]) -> Vec<u8> {
    let mut chunks = vec![header(40, 30), chunk(b"tEXt", b"Comment\0plan")];
    let pieces = pixels.chunks(32 * 1024).map(|piece| chunk(b"IDAT", piece));
    chunks.extend(if pixels.is_empty() { vec![chunk(b"IDAT", b"x")] } else { pieces.collect() });
    chunks.push(chunk(b"IEND", b""));
    png_of(&chunks)
}

pub(crate) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    segment.extend((body.len() as u16 + 2).to_be_bytes());
    segment.extend(body);
    segment
}

pub(crate) fn frame(width: u16, height: u16) -> Vec<u8> {
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.extend([1, 1, 0x11, 0]);
    segment(0xc2, &frame)
}

/// Returns a progressive JPEG of two scans.
pub(crate) fn jpeg(pixels: &[u8]) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    jpeg.extend(segment(0xfe, b"plan"));
    jpeg.extend(frame(40, 30));
    let (first, second) = pixels.split_at(pixels.len() / 2);
    for scan in [first, second] {
        jpeg.extend(segment(0xc4, &[0; 17]));
        jpeg.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
        for byte in scan {
            jpeg.push(*byte);
            if *byte == 0xff {
                jpeg.push(0);
            }
        }
        jpeg.extend([0xff, 0xd0, 0x12]); // a restart marker
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

/// Returns the trailer that a Samsung telephone appends to its photographs.
pub(crate) fn notes(value: &[u8]) -> Vec<u8> {
    let name = b"Image_UTC_Data";
    let mut notes = vec![0, 0, 1, 0x0a];
    notes.extend((name.len() as u32).to_le_bytes());
    notes.extend(name);
    notes.extend(value);
    let mut list = b"SEFH".to_vec();
    list.extend([107, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0x0a]);
    list.extend((notes.len() as u32).to_le_bytes());
    list.extend((notes.len() as u32).to_le_bytes());
    notes.extend(&list);
    notes.extend((list.len() as u32).to_le_bytes());
    notes.extend(b"SEFT");
    notes
}

/// Returns a video with `bytes` bytes of data, as telephones append one to a photograph.
pub(crate) fn film(bytes: usize) -> Vec<u8> {
    film_of(&vec![0x55; bytes])
}

pub(crate) fn film_of(data: &[u8]) -> Vec<u8> {
    let part =
        |kind: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], body].concat();
    [part(b"ftyp", b"mp42\0\0\0\0mp42isom"), part(b"mdat", data)].concat()
}
