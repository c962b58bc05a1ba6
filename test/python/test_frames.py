"""The wire format in Python; the counterpart of wire-format.spec.ts."""

import json
import random
import struct
import unittest
from pathlib import Path

from python_side import ROOT, at_once, decoding, encoding, frames, wire

AGREED = json.loads(Path(__file__).with_name("frames.json").read_text("utf-8"))
WIRE = json.loads((ROOT / "scripts/wire.json").read_text("utf-8"))
TYPES = {name: number for group in WIRE["frames"] for name, number, _ in group["types"]}


def outcome_json(fields):
    members = {name: fields[name] for name in ("return", "error") if name in fields}
    return json.dumps(members, separators=(",", ":"))


def encode_json(fields, kind):
    return frames.encode(kind, json.dumps(fields).encode())


ENCODERS = {
    "HELLO": lambda f: encode_json(f, wire.HELLO),
    "RETURNED": lambda f: b"".join(frames.encode_returned(f["execution"], f["text"])),
    "DONE": lambda f: frames.encode_done(f["execution"], f["barrier"], outcome_json(f)),
    "PUSH": lambda f: frames.encode_push(f["connection"], f["binary"], bytes.fromhex(f["message"])),
    "INPUT_REQUEST": lambda f: frames.encode_input_request(
        f["request"], f["isPassword"], f["prompt"]
    ),
    "INTERRUPTED": lambda f: frames.encode_number(wire.INTERRUPTED, f["number"]),
    "FORKING": lambda f: encode_json(f, wire.FORKING),
    "FORKED": lambda f: encode_json(f, wire.FORKED),
    "BEGUN": lambda f: frames.encode_begun(f["execution"], f["count"]),
    "SHOWN": lambda f: frames.encode_shown(
        f["execution"],
        f["barrier"],
        f["members"],
        [frames.Part(mime, form, bytes.fromhex(content)) for mime, form, content in f["parts"]],
    ),
    "VALUE": lambda f: value_frame(wire.VALUE, f["execution"], *f["value"]),
    "CALL": lambda f: value_frame(wire.CALL, f["call"], f["called"], f["args"], f["kwargs"]),
    "RELEASED": lambda f: frames.encode(wire.RELEASED, json.dumps(f["functions"]).encode()),
    "LOG": lambda f: frames.encode(wire.LOG, f["text"].encode()),
    "SUPERVISING": lambda f: encode_json(f, wire.SUPERVISING),
    "EXITED": lambda f: encode_json(f, wire.EXITED),
    "START_FAILED": lambda f: encode_json(f, wire.START_FAILED),
    "STARTED": lambda f: encode_json(f, wire.STARTED),
    "ALIVE": lambda _: frames.encode(wire.ALIVE),
}


def value_frame(kind, number, *items):
    head, buffers = encoding.encode_value(meant(items))
    size = sum(buffer.nbytes for buffer in buffers)
    return b"".join([frames.value_head(kind, number, head, size), *buffers])


def meant(value):
    """Replaces hexadecimal by bytes."""
    if isinstance(value, (list, tuple)):
        return [meant(item) for item in value]
    is_bytes = isinstance(value, dict) and "hex" in value
    return bytes.fromhex(value["hex"]) if is_bytes else value


def call_reply_fields(payload):
    threw, content = frames.decode_call_reply(payload)
    call = frames.decode_number(payload[:4])
    if threw:
        return {"call": call, "thrown": json.loads(bytes(content))}
    return {"call": call, "returned": decode(content)["result"]}


def decode(payload):
    """Decodes a value, with handles and functions as dicts."""
    return decoding.decode_value(
        memoryview(payload), lambda number: {"object": number}, lambda *told: {"function": told}
    )


def execute_fields(payload):
    """Returns the fields of the examples: code has no operation, operations no source."""
    fields = frames.decode_execute(payload)._asdict()
    operation = fields.pop("operation")
    if operation is None:
        return fields
    return {**fields, "operation": decode(operation)}


DECODERS = {
    "EXECUTE": execute_fields,
    "INTERRUPT": lambda payload: {"number": frames.decode_number(payload)},
    "CONNECTION_OPENED": lambda payload: {"number": frames.decode_number(payload)},
    "CONNECTION_CLOSED": lambda payload: {"number": frames.decode_number(payload)},
    "PIPES_OPENED": dict,
    "INPUT_REPLY": lambda payload: frames.decode_input_reply(payload)._asdict(),
    "FORK": json.loads,
    "CALL_REPLY": call_reply_fields,
    "RELEASE": lambda payload: {"objects": json.loads(payload)},
    "END": dict,
    "START": json.loads,
    "PREPARE_FORK": json.loads,
    "HEARTBEAT": dict,
}


class WireFormat(unittest.TestCase):
    def test_has_the_types_of_wire_json(self):
        self.assertEqual({name: getattr(wire, name) for name in TYPES}, TYPES)

    def test_every_type_is_written_by_one_side(self):
        self.assertEqual(sorted([*ENCODERS, *DECODERS]), sorted(TYPES))

    def test_writes_what_node_reads(self):
        for vector in AGREED["frames"]:
            name, fields = vector["frame"], vector["fields"]
            if name in ENCODERS:
                with self.subTest(name, **fields):
                    self.assertEqual(ENCODERS[name](fields).hex(), vector["hex"])

    def test_reads_what_node_writes(self):
        for vector in AGREED["frames"]:
            name, fields = vector["frame"], vector["fields"]
            if name in DECODERS:
                with self.subTest(name, **fields):
                    [(kind, payload)] = frames.FrameDecoder().feed(bytes.fromhex(vector["hex"]))
                    self.assertEqual(kind, TYPES[name])
                    self.assertEqual(DECODERS[name](payload), fields)


class FrameDecoder(unittest.TestCase):
    def test_decodes_frames_however_the_stream_is_split(self):
        chance = random.Random(0)
        for _ in range(300):
            sent = [(chance.randrange(256), some_bytes(chance)) for _ in range(chance.randrange(6))]
            stream = b"".join(frames.encode(kind, payload) for kind, payload in sent)
            decoder, received = frames.FrameDecoder(), []
            while stream:
                size = chance.randrange(1, len(stream) + 1)
                received += decoder.feed(stream[:size])
                stream = stream[size:]
            self.assertEqual(received, sent)

    def test_decodes_large_frames_fed_or_read_into_their_room(self):
        chance = random.Random(2)
        for _ in range(20):
            sent = []
            for _ in range(chance.randrange(5)):
                size = chance.choice((0, 3, 70_000, 2**20 - 1, 2**20, 2**20 + 1, 2_500_000))
                sent.append((chance.randrange(256), chance.randbytes(size)))
            stream = memoryview(b"".join(frames.encode(kind, payload) for kind, payload in sent))
            decoder, received = frames.FrameDecoder(), []
            while stream:
                room = decoder.room
                size = min(chance.randrange(1, 200_000), len(stream))
                if room is None or chance.random() < 0.3:
                    received += decoder.feed(stream[:size])
                else:
                    size = min(size, len(room))
                    room[:size] = stream[:size]
                    come, steps = decoder.filling(size)
                    at_once.at_once(*steps)
                    received += come
                stream = stream[size:]
            self.assertEqual([(kind, bytes(payload)) for kind, payload in received], sent)

    def test_puts_large_frames_in_memory_of_their_own(self):
        for size in (2**20, 2**20 + 1, 2**20 + 7):
            whole = frames.encode(7, b"x" * size)
            decoder = frames.FrameDecoder()
            self.assertEqual(decoder.feed(whole[:10]), [])
            [(_, payload)] = decoder.feed(whole[10:])
            self.assertFalse(payload.readonly)
            self.assertEqual(len(payload.obj) % 8, 0)
            self.assertEqual(bytes(payload), b"x" * size)

    def test_emits_no_incomplete_frame(self):
        decoder = frames.FrameDecoder()
        whole = frames.encode(7, b"payload")
        for byte in whole[:-1]:
            self.assertEqual(decoder.feed(bytes([byte])), [])
        self.assertEqual(decoder.feed(whole[-1:]), [(7, b"payload")])

    def test_decodes_any_bytes_and_keeps_no_more_than_it_was_fed(self):
        chance = random.Random(1)
        for _ in range(300):
            decoder, found, came = frames.FrameDecoder(), [], b""
            for _ in range(chance.randrange(5)):
                piece = bytes(chance.choice((0, 1, 2, 255)) for _ in range(chance.randrange(30)))
                came += piece
                try:
                    found += decoder.feed(piece)
                except struct.error as error:
                    self.fail(error)
            self.assertLessEqual(sum(4 + len(payload) for _, payload in found), len(came))
            self.assertLessEqual(len(decoder._buffer), len(came))

    def test_copies_frames_out_of_a_view(self):
        decoder = frames.FrameDecoder()
        incoming = memoryview(bytearray(frames.encode(7, b"payload")))
        [(_, payload)] = decoder.feed(incoming)
        incoming[:] = bytes(len(incoming))
        self.assertEqual(payload, b"payload")


def some_bytes(chance):
    return bytes(chance.randrange(256) for _ in range(chance.randrange(20)))
