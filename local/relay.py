"""Lets containers reach what listens on this machine's loopback: on an address that they know, on the same port.

On Linux the gateway of the container runtime's bridge is such an address. Where containers live in a machine of
their own it is not, and their host.docker.internal leads to the loopback anyway.
"""

import asyncio
import contextlib
import errno
import threading
from collections.abc import Iterator, Sequence

_CHUNK_BYTES = 65_536
_OPENS_WITHIN_SECONDS = 5.0


@contextlib.contextmanager
def relayed(address: str, ports: Sequence[int]) -> Iterator[bool]:
    """Whether there is anything to relay from: not when `address` is none of this machine's. Raises OSError."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[asyncio.Server] = []
    try:
        for port in ports:
            opened = asyncio.run_coroutine_threadsafe(_open(address, port), loop)
            servers.append(opened.result(_OPENS_WITHIN_SECONDS))
        yield True
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL or servers:
            raise
        yield False
    finally:
        for server in servers:
            loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        _end(loop)


async def _open(address: str, port: int) -> asyncio.Server:
    async def both_ways(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(_pass(reader, back), _pass(there, writer))
            finally:
                back.close()
        except OSError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(both_ways, address, port)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Whoever is still connected is cut off."""

    async def cut_off(tasks: set["asyncio.Task[None]"]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed goes at the next turn of the loop

    loop.run_until_complete(cut_off(asyncio.all_tasks(loop)))
    loop.close()
