#!/usr/bin/env python3
"""A client in another language, written from docs/protocol.md alone: it links to the counter of examples/counter, adds, and prints
what it sees. It speaks what such a client needs and no more: payloads and state of plain values, no processor, no resuming.

    python3 examples/python/client.py ws://127.0.0.1:8080 counter/first 2

It needs the package websockets (Debian: python3-websockets).
"""

import asyncio
import secrets
import struct
import sys

import websockets

# --- bytes -----------------------------------------------------------------------------------------------------------------


def uvarint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def blob(data):
    return uvarint(len(data)) + data


def text(string):
    return blob(string.encode())


def value(of):
    """The forms that this client sends: null, integers, strings, objects."""
    if of is None:
        return b"\x80"
    if isinstance(of, int):
        if 0 <= of < 64:
            return bytes([of])
        return b"\x86" + uvarint(of) if of >= 0 else b"\x87" + uvarint(-1 - of)
    if isinstance(of, str):
        data = of.encode()
        return bytes([0x40 + len(data)]) + data if len(data) < 32 else b"\x88" + blob(data)
    if isinstance(of, dict) and len(of) < 16:
        return bytes([0x70 + len(of)]) + b"".join(value(key) + value(each) for key, each in of.items())
    raise ValueError(f"this client does not send {of!r}")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    @property
    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left:
            raise ValueError("cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def u8(self):
        return self.take(1)[0]

    def uvarint(self):
        number, shift = 0, 0
        while True:
            byte = self.u8()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def blob(self):
        return self.take(self.uvarint())

    def text(self):
        return self.blob().decode()

    def rest(self):
        return self.take(self.left)

    def f64(self):
        return struct.unpack("<d", self.take(8))[0]

    def origin(self):
        return self.uvarint(), self.take(8)


# --- frames ----------------------------------------------------------------------------------------------------------------

HELLO, LINK, ENTRY, SEEN, PING, BYE = 0x01, 0x02, 0x03, 0x04, 0x06, 0x07
WELCOME, REFUSED, LINKED, DETACHED, SHARED, KEYFRAME, PRIVATE, STATUS, PONG, GOAWAY = range(0x41, 0x4B)
FRAME_BYTES_MAX = 4 * 1024 * 1024
MESSAGE = 1


def frames_of(message):
    reader = Reader(message)
    while reader.left:
        yield Reader(reader.blob())


class Client:
    """One link on one socket. `state` is the bytes of the newest keyframe, `patches` counts what came after it."""

    def __init__(self, socket, channel):
        self.socket, self.channel = socket, channel
        self.client_seq = self.acknowledged = self.seen = 0
        self.version = None
        self.heard = asyncio.Event()

    async def send(self, kind, body=b""):
        await self.socket.send(blob(bytes([kind]) + body))

    async def hello(self, token=""):
        # Nothing else may be sent before WELCOME has come.
        incarnation = secrets.token_bytes(8)
        await self.send(
            HELLO,
            uvarint(1) + uvarint(1) + uvarint(0) + uvarint(FRAME_BYTES_MAX) + incarnation + text(token) + text("") + uvarint(1),
        )
        for frame in frames_of(await self.socket.recv()):
            kind = frame.u8()
            if kind == REFUSED:
                frame.uvarint()
                raise ConnectionRefusedError(frame.text())
            if kind != WELCOME:
                raise ValueError(f"frame {kind:#x} came before WELCOME")
            frame.uvarint(), frame.uvarint(), frame.uvarint()
            self.client_id, self.user_id = frame.text(), frame.text()
            self.resume_token, self.attempt, self.heartbeat_ms = frame.text(), frame.uvarint(), frame.uvarint()

    async def link(self, options=None):
        # link 1, the first of this session to the channel, not as processor, no past, and options where there are some.
        given = b"\x00" if options is None else b"\x01" + blob(value(options))
        await self.send(LINK, uvarint(1) + text(self.channel) + uvarint(1) + b"\x00" + b"\x00" + given)

    async def message(self, name, payload):
        self.client_seq += 1
        await self.send(ENTRY, uvarint(1) + uvarint(self.client_seq) + bytes([MESSAGE]) + text(name) + value(payload))

    async def ping_forever(self):
        """A client that says nothing is taken for dead: PING within each heartbeat, whatever else is sent."""
        while True:
            await asyncio.sleep(self.heartbeat_ms / 1000)
            await self.send(PING, struct.pack("<d", 0.0))

    async def receive_forever(self):
        async for message in self.socket:
            for frame in frames_of(message):
                await self.take(frame)
                self.heard.set()

    async def take(self, frame):
        kind = frame.u8()
        if kind == LINKED:
            frame.uvarint(), frame.uvarint(), frame.origin(), frame.uvarint()
            print(f"linked to {self.channel} at version {frame.uvarint()}")
        elif kind == KEYFRAME:
            frame.text(), frame.uvarint(), frame.uvarint(), frame.origin()
            self.version = frame.uvarint()
            encoding = frame.u8()
            print(f"keyframe of version {self.version}, {len(frame.rest())} bytes, encoding {encoding}")
        elif kind == SHARED:
            frame.text(), frame.uvarint(), frame.uvarint(), frame.origin()
            version, previous = frame.uvarint(), frame.uvarint()
            # V2: a block that does not follow means that something is missing. Link again then; this client gives up.
            if previous > self.version:
                raise ValueError(f"version {previous} is missing here, at {self.version}")
            self.version = max(version, self.version)
            print(f"version {self.version}, {len(frame.rest())} bytes of turns")
        elif kind == PRIVATE:
            frame.uvarint(), frame.uvarint(), frame.uvarint()
            self.acknowledged = max(self.acknowledged, frame.uvarint())
            for _ in range(frame.uvarint()):
                self.seen = frame.uvarint()
                frame.u8(), frame.uvarint(), frame.blob()
            # What has been seen has to be reported, or the link ends with `overflow` once too much is unseen.
            if self.seen:
                await self.send(SEEN, uvarint(1) + uvarint(self.seen))
        elif kind == DETACHED:
            frame.uvarint(), frame.uvarint(), frame.u8()
            raise ConnectionAbortedError(frame.text())
        # WELCOME again (a fresh resume token), STATUS, PONG, GOAWAY: this client has no use for them.


async def main(url, channel, by):
    # max_size: websockets closes at 1 MiB without a word to the application. Compression would only cost time.
    connecting = websockets.connect(url, subprotocols=["centrum"], max_size=FRAME_BYTES_MAX, compression=None)
    async with connecting as socket:
        client = Client(socket, channel)
        await client.hello()
        print(f"welcome, {client.client_id}")
        tasks = [asyncio.create_task(client.ping_forever()), asyncio.create_task(client.receive_forever())]
        await client.link()
        await client.message("add", by)
        while client.acknowledged < client.client_seq:
            client.heard.clear()
            done, _ = await asyncio.wait(
                [*tasks, asyncio.create_task(client.heard.wait())], return_when=asyncio.FIRST_COMPLETED, timeout=10
            )
            if not done:
                raise TimeoutError("nothing came for 10 seconds")
            for task in tasks:
                if task.done():
                    task.result()
        print(f"acknowledged {client.acknowledged}")
        await client.send(BYE)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
