//! Archives, well-formed and malformed.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

/// Fields of a part's headers, as written to the archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) central_extra: Vec<u8>,
}

/// Archive being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zip {
    pub(crate) bytes: Vec<u8>,
    pub(crate) central: Vec<u8>,
    pub(crate) count: u16,
}

pub(crate) const DESCRIPTOR: u16 = 1 << 3;

pub(crate) fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

pub(crate) fn header(name: &str, method: u16, content: &[u8], compressed: usize) -> Header {
    Header {
        name: name.into(),
        method,
        crc: crc32fast::hash(content),
        compressed: compressed as u32,
        size: content.len() as u32,
        ..Header::default()
    }
}

impl Zip {
    pub(crate) fn store(&mut self, name: &str, content: &[u8]) -> &mut Zip {
        self.add(&header(name, 0, content, content.len()), content)
    }

    pub(crate) fn deflate(&mut self, name: &str, content: &[u8]) -> &mut Zip {
        let data = deflated(content);
        self.add(&header(name, 8, content, data.len()), &data)
    }

    /// Adds a deflated part, with its sizes after its data.
    pub(crate) fn stream(&mut self, name: &str, content: &[u8]) -> &mut Zip {
        let data = deflated(content);
        let header = Header { flags: DESCRIPTOR, ..header(name, 8, content, data.len()) };
        let place = self.bytes.len() as u32;
        self.local(&Header { crc: 0, compressed: 0, size: 0, ..header.clone() });
        self.bytes.extend(&data);
        self.bytes.extend(b"PK\x07\x08");
        for field in [header.crc, header.compressed, header.size] {
            self.bytes.extend(field.to_le_bytes());
        }
        self.record(&header, place);
        self
    }

    pub(crate) fn add(&mut self, header: &Header, data: &[u8]) -> &mut Zip {
        let place = self.bytes.len() as u32;
        self.local(header);
        self.bytes.extend(data);
        self.record(header, place);
        self
    }

    pub(crate) fn local(&mut self, header: &Header) {
        self.bytes.extend(b"PK\x03\x04\x14\x00");
        fields(&mut self.bytes, header, header.local_extra.len());
        self.bytes.extend(&header.name);
        self.bytes.extend(&header.local_extra);
    }

    /// Adds a record to the directory.
    pub(crate) fn record(&mut self, header: &Header, place: u32) {
        self.central.extend(b"PK\x01\x02\x14\x00\x14\x00");
        fields(&mut self.central, header, header.central_extra.len());
        self.central.extend([0; 10]);
        self.central.extend(place.to_le_bytes());
        self.central.extend(&header.name);
        self.central.extend(&header.central_extra);
        self.count = self.count.wrapping_add(1);
    }

    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.extend(&self.central);
        bytes.extend(end(self.count, self.central.len() as u32, self.bytes.len() as u32));
        bytes
    }

    /// Ends the archive with the ZIP64 records of archives beyond 4 GB, and this number of parts in
    /// them.
    pub(crate) fn finish_64(&self, count: u64) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.extend(&self.central);
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for field in [count, count, self.central.len() as u64, self.bytes.len() as u64] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\x00\x00\x00\x00");
        bytes.extend(record.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(end(u16::MAX, u32::MAX, u32::MAX));
        bytes
    }
}

pub(crate) fn end(count: u16, size: u32, place: u32) -> Vec<u8> {
    let mut end = b"PK\x05\x06\x00\x00\x00\x00".to_vec();
    end.extend(count.to_le_bytes());
    end.extend(count.to_le_bytes());
    end.extend(size.to_le_bytes());
    end.extend(place.to_le_bytes());
    end.extend([0, 0]);
    end
}

fn fields(out: &mut Vec<u8>, header: &Header, extra: usize) {
    out.extend(header.flags.to_le_bytes());
    out.extend(header.method.to_le_bytes());
    out.extend([0; 4]);
    out.extend(header.crc.to_le_bytes());
    out.extend(header.compressed.to_le_bytes());
    out.extend(header.size.to_le_bytes());
    out.extend((header.name.len() as u16).to_le_bytes());
    out.extend((extra as u16).to_le_bytes());
}
