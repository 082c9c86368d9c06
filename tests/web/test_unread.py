"""Connections of clients that do not read end; those of slow ones do not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiducation.web.unread import Unread
from waiting import PATIENCE_S

SIZE = 30_000_000

#: What a client does, while the server writes to it.
Client = Callable[[socket.socket, asyncio.WriteTransport], Awaitable[None]]


def answer_to(client: Client) -> None:
    """Write an answer to a client, and close the connection, which waits until all is written."""

    async def run() -> None:
        written: asyncio.Future[asyncio.WriteTransport] = asyncio.get_running_loop().create_future()

        def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(bytes(SIZE))
            writer.close()
            written.set_result(writer.transport)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()[:2]) as own:
            own.setblocking(False)
            await asyncio.wait_for(client(own, await written), PATIENCE_S)
        server.close()

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests may have a loop in this one
        thread.submit(asyncio.run, run()).result()


def test_who_reads_nothing_is_ended() -> None:
    async def deaf(_: socket.socket, written: asyncio.WriteTransport) -> None:
        unread, own = Unread(0.0), written.get_extra_info("socket")
        while own.fileno() >= 0:
            unread.look([written])
            await asyncio.sleep(0)

    answer_to(deaf)


def test_who_has_time_left_is_not() -> None:
    async def deaf(_: socket.socket, written: asyncio.WriteTransport) -> None:
        unread = Unread(3600.0)
        for _ in range(10):
            unread.look([written])
            await asyncio.sleep(0)
        assert written.get_extra_info("socket").fileno() >= 0

    answer_to(deaf)


def test_who_reads_slowly_gets_everything() -> None:
    """Each look finds that something was taken since the last one."""

    async def slow(own: socket.socket, written: asyncio.WriteTransport) -> None:
        unread, got, least = Unread(0.0), 0, SIZE
        while got < SIZE:
            block = await asyncio.get_running_loop().sock_recv(own, 1_000_000)
            assert block
            got += len(block)
            if (left := written.get_write_buffer_size()) < least:
                least = left
                unread.look([written])

    answer_to(slow)
