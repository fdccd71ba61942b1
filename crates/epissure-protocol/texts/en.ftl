# Texts of the error catalogue in English. One message a refusal; placeables are the fields of its variant.

or = or

## Codes

code-1 = The server met a condition that it did not expect. Quote X-OAPI-Request-Id when you report it.
code-5 = Try again after the delay given by Retry-After.
code-6 = Too many requests are being treated. Try again after the delay given by Retry-After.
code-20 = A part of the path is not valid.
code-21 = The request needs a body.
code-22 = The body is not valid JSON.
code-23 = A mandatory member of the body is missing.
code-24 = A member of the body has an invalid value.
code-25 = A mandatory header is missing.
code-26 = A header has an invalid value.
code-27 = One or more query-string parameters are missing.
code-28 = One or more query-string parameters contain invalid values.
code-40 = The requested service needs credentials, but none were provided.
code-41 = The requested service needs credentials, but the ones provided were invalid.
code-42 = The requested service needs credentials, and the ones provided were out-of-date.
code-50 = The application that makes the request is not authorized to do this.
code-53 = The application has made too many calls. Try again after the delay given by Retry-After.
code-60 = The requested URI or the requested resource does not exist.
code-61 = The path exists but not with this method; the Allow header lists those it has.
code-62 = The answer is application/json; the Accept header excludes it.
code-63 = The request did not arrive, or could not be treated, in time.
code-65 = The resource has changed since it was last read.
code-66 = The body is larger than the server accepts.
code-67 = The request target is longer than the server accepts.
code-68 = The body is of a type that this operation does not read.
code-100 = The query would read too many tickets.
code-101 = The request contradicts an earlier one.
code-102 = The content has nothing in the range that was asked for; Content-Range tells its size.
code-103 = The request uses a part of HTTP that the server does not implement.

## Changes of status

move-final = The ticket is { $status }: it is final and nothing in it may change any more.
move-not-open = The { $actor } may not move a ticket from { $from } to { $to }. From { $from } it may move to: { $open }.
move-none-open = The { $actor } may not move a ticket from { $from } to { $to }. From { $from } it may move to: nothing.
move-reason-not-taken = The { $actor } may not move a ticket from { $from } to { $to } with the reason { $reason }; this move takes no reason.
move-reason-not-open = The { $actor } may not move a ticket from { $from } to { $to } with the reason { $reason }; the reasons of this move: { $reasons }.
move-qualified = The ticket has been qualified (IN_PROGRESS) once: it can no longer be REJECTED. Resolve it, with UNRESOLVABLE if need be.
move-complexity = The complexity cannot go from { $present } to { $wanted }: once qualified it may change a single time, from SIMPLE to COMPLEX.
move-silent-qualification = complexity, zone and expectedResolutionDate change through a transition only: send status IN_PROGRESS, with statusChangeReason REQUALIFIED and statusChangeDetails when the ticket is IN_PROGRESS already.
move-content-frozen = issues and building may change while the ticket is ACKNOWLEDGED; it is { $status }. Add a note instead.
move-reason-missing = The field statusChangeReason is required by this change of status: { $reasons }
move-member-missing = The field { $member } is required by this change of status

## Members of a body

body-missing = The field { $member } is required
body-missing-one-of = The field { $member } must have one of { $members }
body-no-name = The field name is required, or tradingName
body-missing-part = The part { $part } is required
body-invalid = The field { $member } { $expected }
body-unknown-of-ticket = The field { $member } is not part of the contract, and Prefer: handling=strict was asked for
body-unknown-of-note = The field { $member } is not part of a note, and Prefer: handling=strict was asked for
body-unknown-of-attachment = The field { $member } is not part of an attachment, and Prefer: handling=strict was asked for
body-extensions-too-heavy = The members that the contract does not name weigh { $bytes } bytes together; at most { $limit } are accepted. Remove some of them, or send their content as an attachment
body-individual-too-large = The individual would have more than { $values } values, or more than { $levels } levels
body-medium-twice = The field contactMedium must not hold two media of mediumType { $medium } and contactType { $contact }
body-oi-not-served = The field code_oi must be an OI served here; { $named } is not
body-oc-not-yours = The field code_oc must be your own code, { $own }; it is { $named }

## Predicates: each follows the name of a member

expected-text = must be a string
expected-at-most = must be at most { $max } characters long
expected-exactly = must be exactly { $length } characters long
expected-between = must be { $min } to { $max } characters long
expected-bytes = must be a text of 1 to { $max } bytes
expected-not-empty = must be of at least one character
expected-not-blank = must be a text that is not blank
expected-one-of = must be one of { $values }
expected-operator-code = must be an operator code: four capital letters or digits, as FTEL
expected-instant = must be an RFC 3339 date-time, as 2025-01-14T13:17:58.078+00:00
expected-date-time = must be an RFC 3339 date-time
expected-event-instant = must be an instant, as 2025-01-14T13:17:58.078Z
expected-uuid = must be a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808
expected-ticket-id = must be the identifier of a ticket, a UUID
expected-object = must be an object
expected-event-data = must be an object: the resource that the event is about
expected-subject-id = must be that of subject: an update is about its ticket
expected-array = must be an array
expected-boolean = must be true or false
expected-count = must be a whole number, 0 or more
expected-integer = must be a whole number
expected-number = must be a number
expected-chunk-index = must be less than { $limit }: send larger chunks
expected-spec-version = must be 1.0: no other version of CloudEvents is known here
expected-points = must hold at least one point

## Content of a ticket

content-address-unidentified = The address cannot be identified: give one of code_rivoli + code_insee + streetNr, code_hexacle, code_ban, or postcode + city + streetName
content-building-not-used = The field building is not used by { $kind }; say what to correct in `issues`
content-not-a-building = { $at } must be an object with the id of a building
content-not-a-party = { $at } must be an object with the id of a party
content-not-one-building = The field relatedEntity of { $kind } must name exactly one building; it names { $count }
content-no-building = The field relatedEntity must name at least one building
content-too-many-buildings = The field relatedEntity names { $count } buildings; the contract with this infrastructure operator allows { $limit }
content-issues-not-used = The field issues is not used by { $kind }; describe the building in `building`
content-unknown-correction = { $key } is not a correction that { $kind } can ask for; these are: { $known }
content-no-correction = The field issues must ask for at least one correction
content-correction-not-an-object = { $key } must be an object with value, toBlank or description
content-correction-invalid = { $key } { $expected }
content-blank-with-value = { $key }: toBlank asks for an empty field and value gives one; keep only one of the two
content-not-blankable = { $key } cannot be blank in the IPE: give its value, or leave value out if it is unknown
content-correction-not-an-array = { $key } must be an array of { $buildings } values, one per building of relatedEntity
content-correction-count = { $key } has { $values } values for { $buildings } buildings; give one per building, in the order of relatedEntity

## Identifiers

identifier-address-member = The member { $member } of an address is a string.
identifier-building-id = The building identifier { $value } has { $length } characters: 1 to { $max } are expected.
identifier-pm-reference = The reference { $value } of the concentration point has { $length } characters: { $max } at most are expected.
identifier-plot = { $value } is not a plot: only digits and upper-case letters are expected.
identifier-siren = { $value } is not a SIREN: nine digits are expected.
identifier-siret = { $value } is not a SIRET: fourteen digits are expected.
identifier-hexacle = The hexaclé { $value } has { $length } characters: exactly { $expected } are expected.
identifier-street-hexacle = The street hexaclé { $value } has { $length } characters: exactly { $expected } are expected.
identifier-point = A geographic point is an object with x, y and type.
identifier-point-height = The coordinate z is a number, when it is there.
identifier-point-coordinate = The coordinate { $member } is required and is a number.
identifier-point-type = The type of a point is required and is a string.
identifier-projection = { $value } is not a type of point: one of { $known } is expected.
identifier-operator-code = { $value } is not an operator code: four digits or upper-case letters are expected.

## JSON

json-syntax = The body is not valid JSON: { $token } expected at line { $line }, column { $column }.
json-not-utf8 = The body is not UTF-8: byte { $byte } belongs to no character. Send JSON as UTF-8.
json-too-deep = The body is nested deeper than { $levels } levels, at { $place }.
json-too-many = The body has more than { $values } values. Send fewer.
json-nul = The body has a NUL character, at { $place }. Remove it.
json-duplicate = The body has the member `{ $member }` twice, at { $place }. Send it once.
json-reserved = The body has a member with the reserved name `{ $member }`, at { $place }. Rename it.
json-top-level = the top level
json-token-end = the end of the text
json-token-value = a value
json-token-comma-or-bracket = a comma or ]
json-token-name = the name of a member
json-token-colon = a colon
json-token-comma-or-brace = a comma or {"}"}
json-token-escape = an escape instead of a control character
json-token-end-of-string = the end of a string
json-token-valid-escapes = a string with valid escapes
json-token-no-leading-zero = a number without leading zeros
json-token-digit = a digit

## Queries: the rest is written by epissure-filter

cursor-other-query = `cursor`: not a cursor of this query. Follow the address in the Link header as it is; only `limit` and `fields` may change. To ask something else, begin without a cursor.
cursor-of-notes = `cursor`: the notes of a ticket are few, and are paged by `offset`
cursor-of-attachments = `cursor`: the attachments of a ticket are few, and are paged by `offset`

## Callers

access-no-credentials = The requested service needs credentials, but none were provided: send Authorization: Bearer {"{"}access_token{"}"}.
access-scope = This needs a token with the scope { $needed }; the one presented has { $held }.
access-opens-as-oi = Only a commercial operator (OC) opens tickets; this client acts as OI.
access-sends-as-oc = Events are sent by an infrastructure operator (OI); this client acts as OC.
access-wrong-secrets = Too many wrong secrets for this client from this address.
access-secrets-busy = Too many secrets are being verified. Try again after the delay given by Retry-After.
access-token-quota = This client has had its { $quota } tokens of the hour. A token lives { $lifetime } seconds: keep it and use it until a request is answered 401 with the code 42.
access-rate = This client may make { $rate } requests a second. Wait for the time that Retry-After gives, and make fewer at once.
access-busy = Too many requests of this client are in progress, and none has ended in time. Make fewer at once.
access-client-streams = This client follows events on { $limit } connections already: close one of them, or use it.
access-server-streams = The server has as many event streams as it serves. Read pages of events instead, or try again after the delay given by Retry-After.
access-memory = The server treats as much at once as its memory allows. Try again after the delay given by Retry-After.

## Tickets, notes, individuals

resource-ticket-changed = The ticket has changed since the version that If-Match names. Read it again, see what changed, and send the request with its present ETag.
resource-individual-changed = The individual has changed since the version that If-Match names. Read it again, see what changed, and send the request with its present ETag.
resource-content-changed = The content is not the one that If-Match or If-Unmodified-Since asks for.
resource-final-for-notes = The ticket is final: nothing may be added to it any more, notes included.
resource-final-for-attachments = The ticket is final: nothing may be added to it any more, attachments included.
resource-notes-full = The ticket has { $limit } notes, and may not have more.
resource-attachments-full = The ticket has { $limit } attachments, and may not have more.
resource-key-reused = This Idempotency-Key was used within 24 hours for another body. Repeat the same JSON value, or use another key.
resource-tickets-too-expensive = The query would read too many tickets. Add a filter on status, zone, creationDate, resolutionDate or relatedEntity.id.
resource-directory-too-expensive = The query would read too much of the directory. Filter with = rather than with a pattern, or with a longer pattern.

## Attachments

attachment-no-content = The attachment has no content to read: see its status.
attachment-ended-by-another = Only the operator that opened an attachment ends it.
attachment-sent-by-another = Only the operator that opened an attachment sends it.
attachment-too-large = The file is larger than the { $limit } bytes accepted here.
attachment-not-stored = This server keeps no attachments.
attachment-no-room = The server has no room for attachments at present. Tickets and notes are still taken.
attachment-ticket-quota = The ticket has { $bytes } bytes of attachments, and may not have more.
attachment-day-quota = { $operator } has sent { $bytes } bytes of attachments today (UTC), and may not send more before tomorrow.
attachment-chunk-differs = The field { $member } is not that of the chunk that arrived; send it again
attachment-not-uploading = The attachment takes no chunks: it is { $status }.
attachment-chunk-contradicted = Another chunk has the index { $index }. A chunk may be sent again, not replaced.
attachment-chunk-absent = The chunk of index { $index } has not arrived; send it, then finalize again.
attachment-no-chunk = No chunk has arrived; send some, then finalize again.
attachment-name = The name must be of 1 to 150 characters, without path separators, control characters or invisible ones.
attachment-extension = The name must end in .csv, .jpeg, .jpg, .png, .svg, .pdf, .ods, .odt, .xlsx or .docx.
attachment-program-name = The name has the extension of a program in it; rename the file.
attachment-declared-type = The declared media type is not that of the name's extension.

## Events

event-unsigned = The event was not taken: webhook-id, webhook-timestamp and webhook-signature must be sent (Standard Webhooks 1.0).
event-stale = The event was not taken: webhook-timestamp is more than five minutes from now: check the clock of the sender.
event-wrongly-signed = The event was not taken: no signature of webhook-signature is the expected one: check that both sides have the same secret.
event-last-event-id = Last-Event-ID must be the id of an event, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.
event-unknown-last-event = Last-Event-ID names no event of yours. Follow from the beginning without it, or from an instant with time[gte]=….

## HTTP

http-headers = The headers are larger or more than the server accepts. Send shorter or fewer headers.
http-head = The head of the request is malformed. Check its first line (method, target, HTTP/1.1) and its headers (name: value, without control characters).
http-no-path = There is nothing at this path. Check the base URL; /docs lists what is served.
http-no-contract = There is no such contract; these are served: { $served }.
http-method = { $method } is not served at this path; the Allow header lists the methods that are.
http-ticket-id = The identifier of a ticket is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-attachment-id = The identifier of an attachment is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-organization-id = The identifier of an organization is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-individual-id = The identifier of an individual is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.
http-transfer-coding = The only transfer coding here is chunked. Send the body without another.
http-no-host = The header Host is required: name the server that you call.
http-two-hosts = The header Host comes more than once. Send it once.
http-host = The header Host must be a name and a port, as oi.example:8080.
http-no-if-match = If-Match is required: send the ETag of the ticket as you read it, so that nobody's change is lost.
http-not-ascii = The header { $header } must be made of visible ASCII characters.
http-idempotency-key = Idempotency-Key must be 1 to { $max } visible ASCII characters, as a UUID.
http-body-too-large = The body is larger than the { $limit } bytes accepted here.
http-part-too-large = The part { $part } is larger than the { $limit } bytes accepted here.
http-body-broken = The body broke off before its end.
http-content-encoding = Send the body without Content-Encoding.
http-no-content-type = The Content-Type must be { $accepted }; it is none.
http-content-type = The Content-Type must be { $accepted }; it is `{ $given }`.
http-no-body = The request needs a JSON object as its body.
http-not-an-object = The body must be a JSON object.
http-not-a-form = The Content-Type must be multipart/form-data, with the parts { $file } and { $object }.
http-boundary = The Content-Type of a form names its boundary, of 1 to 70 characters.
http-form = The body is not a well-formed multipart/form-data.
http-other-part = A form here has two parts, { $file } and { $object }.
http-part-twice = The part { $part } is there twice.
http-range = The content has { $size } bytes, and none in the range that was asked for.
