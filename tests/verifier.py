#!/usr/bin/env python3
"""Verifies a retold store, independently of the program that wrote it.

Written from docs/FORMAT.md alone, and from nothing that the program does: where the two disagree, one of them or the
document is wrong. It reads a store that nobody writes to, and changes nothing.

    verifier.py STORE [--expect POSITION:HASH]...

prints one JSON object and exits with 0 where the store is sound, 10 where it is damaged, 11 where it does not hold an
expected head, 12 where it is shorter than one.

Standard library, with the packages `blake3`, and `zstandard` below Python 3.14.
"""

import json
import sqlite3
import struct
import sys
import urllib.parse

import blake3

try:
    from compression import zstd
    zstandard = None
except ImportError:
    import zstandard
    zstd = None

APPLICATION_ID = 1381256260
SCHEMA_MAX = 8
BODY_BYTES_MAX = 67108864
TEXT_BYTES_MAX = 536870912
TYPES = range(1, 39)
BODY_REDACTED = 19
BODIES_PRUNED = 20
BODIES_RESTORED = 21
SAID = (11, 12, 15, 16, 23, 27, 28, 33)
NESTING_MAX = 32
ZERO = bytes(32)


def derive_key(context, *parts):
    hasher = blake3.blake3(derive_key_context=context)
    for part in parts:
        hasher.update(part)
    return hasher.digest()


# Codecs --------------------------------------------------------------------------------------------------------------


class Damage(Exception):
    """What is read here is not as the document has it."""


def frame_content_size(frame):
    """The length that a Zstandard frame says its content has (RFC 8878, 3.1.1.1)."""
    if len(frame) < 5 or frame[:4] != b"\x28\xb5\x2f\xfd":
        raise Damage("no frame")
    descriptor = frame[4]
    single_segment = descriptor >> 5 & 1
    at = 5 + (0 if single_segment else 1) + (0, 1, 2, 4)[descriptor & 3]
    length = (single_segment, 2, 4, 8)[descriptor >> 6]
    if length == 0 or len(frame) < at + length:
        raise Damage("a frame that does not say its size")
    size = int.from_bytes(frame[at:at + length], "little")
    return size + 256 if length == 2 else size


class Codecs:
    def __init__(self, dictionaries):
        self.dictionaries = dictionaries
        self.decompressors = {}

    def unpack(self, codec, packed, limit):
        if codec == 0:
            return packed
        size = frame_content_size(packed)
        if size > limit:
            raise Damage("too large")
        try:
            plain = self.decompress(codec, packed, size)
        except Damage:
            raise
        except Exception as error:
            raise Damage(str(error))
        if len(plain) != size:
            raise Damage("another size than the frame says")
        return plain

    def decompress(self, codec, packed, size):
        if codec not in self.decompressors:
            if codec != 1 and codec not in self.dictionaries:
                raise Damage("no dictionary %d" % codec)
            dictionary = None if codec == 1 else self.dictionaries[codec]
            if zstd:
                loaded = dictionary and zstd.ZstdDict(dictionary)
                self.decompressors[codec] = lambda frame, size: zstd.decompress(frame, zstd_dict=loaded)
            else:
                loaded = dictionary and zstandard.ZstdCompressionDict(dictionary)
                decompressor = zstandard.ZstdDecompressor(dict_data=loaded)
                self.decompressors[codec] = lambda frame, size: (
                    decompressor.decompress(frame, max_output_size=size, allow_extra_data=False) if size else b"")
        return self.decompressors[codec](packed, size)


# MessagePack ---------------------------------------------------------------------------------------------------------


class Reader:
    """Reads one MessagePack value. A `str` becomes str, a `bin` becomes bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if len(self.data) - self.at < count:
            raise Damage("cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def value(self, depth=0):
        if depth > NESTING_MAX + 8:
            raise Damage("nested too deep")
        first = self.number("B")
        if first <= 0x7F:
            return first
        if first <= 0x8F:
            return self.map(first & 15, depth)
        if first <= 0x9F:
            return self.array(first & 15, depth)
        if first <= 0xBF:
            return self.text(first & 31)
        if first >= 0xE0:
            return first - 256
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if first in simple:
            return simple[first]
        scalars = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
                   0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
        if first in scalars:
            return self.number(scalars[first])
        sized = {0xC4: (">B", self.take), 0xC5: (">H", self.take), 0xC6: (">I", self.take),
                 0xD9: (">B", self.text), 0xDA: (">H", self.text), 0xDB: (">I", self.text)}
        if first in sized:
            layout, read = sized[first]
            return read(self.number(layout))
        lists = {0xDC: (">H", self.array), 0xDD: (">I", self.array),
                 0xDE: (">H", self.map), 0xDF: (">I", self.map)}
        if first in lists:
            layout, read = lists[first]
            return read(self.number(layout), depth)
        raise Damage("a byte that no writer writes")

    def text(self, length):
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise Damage("no text")

    def array(self, length, depth):
        return [self.value(depth + 1) for _ in range(length)]

    def map(self, length, depth):
        read = {}
        for _ in range(length):
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise Damage("a key that is no str")
            read[key] = self.value(depth + 1)
        return read


def read_body(body):
    reader = Reader(body)
    value = reader.value()
    if not isinstance(value, dict) or reader.at != len(body):
        raise Damage("no map")
    return value


def text_reference(kind, body):
    """The BLAKE3 of the text outside of a body that it refers to; None where it refers to none."""
    if b"\xc4\x28" not in body:
        return None
    try:
        fields = read_body(body)
    except (Damage, RecursionError):
        return None
    if kind == 15:
        message = fields.get("message")
        text = message.get("content") if isinstance(message, dict) else None
    else:
        text = fields.get({11: "text", 12: "text", 16: "content", 27: "input", 28: "output"}.get(kind))
    return text[:32] if isinstance(text, bytes) and len(text) == 40 else None


# The store -----------------------------------------------------------------------------------------------------------


class Verification:
    def __init__(self, path):
        uri = "file:" + urllib.parse.quote(path) + "?mode=ro"
        self.store = sqlite3.connect(uri, uri=True)
        # Text is compared and hashed as the bytes that stand there.
        self.store.text_factory = bytes
        if self.one("pragma application_id") != APPLICATION_ID:
            raise SystemExit("not a retold store")
        self.schema = self.one("pragma user_version")
        if not 1 <= self.schema <= SCHEMA_MAX:
            raise SystemExit("schema %d is not known" % self.schema)
        self.faults = {}
        self.log_id = self.one("select id from log")
        if not (isinstance(self.log_id, bytes) and len(self.log_id) == 16):
            self.fault("log", 0)
            self.log_id = bytes(16)
        self.codecs = Codecs(dict(self.store.execute("select id, bytes from dictionary")))
        self.lineage = []
        if self.schema >= 4:
            self.lineage = list(self.store.execute("select until, log_id, hash from lineage order by until"))
        self.stream_keys = {}
        names = "select s.id, w.key, s.session_id, s.ordinal from stream s join workspace w on w.id = s.workspace"
        for stream, key, session, ordinal in self.store.execute(names):
            if 0 <= ordinal < 2 ** 32:
                self.stream_keys[stream] = derive_key(
                    "retold v1 stream", struct.pack(">Q", len(key)), key, struct.pack(">Q", len(session)), session,
                    struct.pack(">I", ordinal))
        self.redactions = {
            position: (commit, by)
            for position, commit, by in self.store.execute("select position, body_commit, by_position from redaction")}
        self.pruned = {}
        if self.schema >= 6:
            self.pruned = {
                position: (commit, by)
                for position, commit, by in self.store.execute("select position, body_commit, by_position from pruned")}
        self.is_part, self.absent, self.withheld = False, {}, {}
        if self.schema >= 8:
            self.is_part = self.one("select count(*) from part") > 0
            self.absent = {
                first: (last, hash) for first, last, hash in self.store.execute("select first, last, hash from absent")}
            self.withheld = dict(self.store.execute("select position, body_commit from withheld"))
        self.blobs = {hash for (hash,) in self.store.execute("select hash from blob")}
        self.hashes = {}
        self.redacted_by = {}
        # Of each event, its stream and type; of each stream, the first that was said and is there, and what came back last.
        self.kinds = {}
        self.said = {}
        self.restored = {}
        self.prunings = []
        self.undone = []

    def one(self, sql, *parameters):
        row = self.store.execute(sql, parameters).fetchone()
        return row and row[0]

    def fault(self, rule, position):
        first, count = self.faults.get(rule, (position, 0))
        self.faults[rule] = (min(first, position), count + 1)

    def id_at(self, position):
        for until, log_id, _ in self.lineage:
            if position <= until:
                return log_id
        return self.log_id

    def run(self):
        self.events()
        self.check_redactions()
        self.check_prunings()
        self.check_part()
        self.check_lineage()
        self.check_blobs()

    def events(self):
        previous, previous_hash, recorded_before = 0, ZERO, None
        ends = {}
        for row in self.store.execute(
                "select position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash,"
                " meta, codec, salt, body from event order by position"):
            position, stream, revision, kind, _, commit_first, recorded_at, _, hash, meta, codec, salt, body = row
            next_one = previous + 1
            while next_one in self.absent:
                last, previous_hash = self.absent[next_one]
                next_one = last + 1
            if position != next_one:
                self.fault("positions", position)
            before, before_hash = ends.get(stream, (0, ZERO))
            if revision != before + 1:
                self.fault("revisions", position)
            if commit_first > position or (meta is not None and commit_first != position):
                self.fault("commits", position)
            if recorded_before is not None and recorded_at < recorded_before:
                self.fault("commits", position)
            if stream not in self.stream_keys or kind not in TYPES:
                self.fault("unknown", position)
            self.kinds[position] = (stream, kind)
            commit = self.body(position, stream, kind, codec, salt, body)
            if self.hash(row, commit, previous_hash, before_hash) != hash:
                self.fault("hash", position)
            previous, previous_hash, recorded_before = position, hash, recorded_at
            ends[stream] = (revision, hash)
            self.hashes[position] = hash
        # A hash that is none is damage of its event.
        is_hash = isinstance(previous_hash, bytes) and len(previous_hash) == 32
        self.head = (previous, previous_hash if is_hash else ZERO)

    def body(self, position, stream, kind, codec, salt, packed):
        """What the body commits to, or None."""
        redaction = self.redactions.get(position)
        pruned = self.pruned.get(position)
        withheld = self.withheld.get(position)
        gone = redaction or pruned or withheld and (withheld, None)
        if packed is None and salt is None:
            if gone is None:
                self.fault("missing body", position)
            if redaction is not None and pruned is not None:
                self.fault("pruning", position)
            return gone and gone[0]
        if packed is None or salt is None or len(salt) != 16:
            self.fault("body", position)
            return gone and gone[0]
        if redaction is not None:
            self.fault("redaction", position)
        if pruned is not None:
            self.fault("pruning", position)
        if kind in SAID:
            self.said.setdefault(stream, position)
        try:
            body = self.codecs.unpack(codec, packed, BODY_BYTES_MAX)
        except Damage:
            self.fault("body", position)
            return None
        reference = text_reference(kind, body)
        if reference is not None and reference not in self.blobs:
            self.fault("missing blob", position)
        if kind == BODY_REDACTED:
            self.body_redacted(position, body)
        elif kind == BODIES_PRUNED:
            self.prunings.append((position, stream))
        elif kind == BODIES_RESTORED:
            self.restored[stream] = position
            try:
                self.undone.append((position, stream, read_body(body).get("position")))
            except (Damage, RecursionError):
                self.fault("pruning", position)
        return derive_key("retold v1 body", salt, body)

    def body_redacted(self, position, body):
        try:
            named = read_body(body).get("position")
        except (Damage, RecursionError):
            named = None
        self.redacted_by[position] = named
        if not isinstance(named, int) or not 0 < named < position or named not in self.redactions:
            self.fault("redaction", position)

    def hash(self, row, commit, previous_hash, before_hash):
        position, stream, revision, kind, schema_version, commit_first, recorded_at, occurred_at, _, meta, *_ = row
        key = self.stream_keys.get(stream)
        if commit is None or key is None:
            return None
        digest = ZERO if meta is None else derive_key("retold v1 meta", meta)
        try:
            header = (
                self.id_at(position) + struct.pack(">Q", position) + key
                + struct.pack(">QHHQqq", revision, kind, schema_version, commit_first, recorded_at, occurred_at)
                + digest + commit + previous_hash + before_hash)
        except struct.error:
            return None
        return derive_key("retold v1 event", header) if len(header) == 220 else None

    def check_redactions(self):
        for position, (_, by) in self.redactions.items():
            if position not in self.hashes:
                self.fault("redaction", position)
            elif by in self.withheld and by > position and self.kinds.get(by, (None, None))[1] == BODY_REDACTED:
                pass
            elif self.redacted_by.get(by) != position:
                self.fault("redaction", position)

    def check_prunings(self):
        for position, (_, by) in self.pruned.items():
            stream, kind = self.kinds.get(position, (None, None))
            if kind not in SAID or by <= position or self.kinds.get(by) != (stream, BODIES_PRUNED):
                self.fault("pruning", position)
        for position, stream in self.prunings:
            if self.said.get(stream, position) < position and self.restored.get(stream, 0) < position:
                self.fault("pruning", position)
        still = {by for _, by in self.pruned.values()}
        for position, stream, named in self.undone:
            earlier = isinstance(named, int) and 0 < named < position
            if not earlier or self.kinds.get(named) != (stream, BODIES_PRUNED) or named in still:
                self.fault("pruning", position)

    def check_part(self):
        for position, hash in self.store.execute("select position, hash from part") if self.is_part else ():
            end, at_end = self.head[0], self.hashes.get(self.head[0], ZERO)
            while end + 1 in self.absent:
                end, at_end = self.absent[end + 1]
            if end != position or at_end != hash or any(last > position for last, _ in self.absent.values()):
                self.fault("absent", position)
        ends = 0
        for first, (last, _) in sorted(self.absent.items()):
            is_there = self.one("select 1 from event where position between ? and ? limit 1", first, last)
            if not self.is_part or first <= ends or is_there:
                self.fault("absent", first)
            ends = max(ends, last)
        for position in self.withheld:
            is_out = self.one("select 1 from event where position = ? and body is null", position)
            if not self.is_part or not is_out:
                self.fault("absent", position)

    def check_lineage(self):
        at_ends = {last: hash for last, hash in self.absent.values()}
        for until, _, hash in self.lineage:
            if (ZERO if until == 0 else self.hashes.get(until, at_ends.get(until))) != hash:
                self.fault("lineage", until)

    def check_blobs(self):
        self.blob_count = 0
        for number, hash, codec, size, packed in self.store.execute("select id, hash, codec, size, bytes from blob"):
            self.blob_count += 1
            try:
                text = self.codecs.unpack(codec, packed, TEXT_BYTES_MAX)
                sound = len(text) == size and blake3.blake3(text).digest() == hash
            except Damage:
                sound = False
            if not sound:
                self.fault("blob", number)


def main(arguments):
    path, expected = None, []
    while arguments:
        argument = arguments.pop(0)
        if argument == "--expect":
            position, _, hash = arguments.pop(0).partition(":")
            expected.append((int(position), hash.lower()))
        else:
            path = argument
    if path is None:
        raise SystemExit(__doc__)
    verification = Verification(path)
    try:
        verification.run()
    except sqlite3.DatabaseError as error:
        print(json.dumps({"sound": False, "faults": {"file": str(error)}}))
        return 10
    position, hash = verification.head
    print(json.dumps({
        "sound": not verification.faults,
        "log": verification.log_id.hex(),
        "head": "%d:%s" % (position, hash.hex()),
        "events": len(verification.hashes),
        "blobs": verification.blob_count,
        "faults": {rule: {"first": first, "count": count} for rule, (first, count) in verification.faults.items()},
    }))
    if verification.faults:
        return 10
    for position, hash in sorted(expected):
        if position > verification.head[0]:
            return 12
        if not verification.hashes[position].hex().startswith(hash):
            return 11
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
