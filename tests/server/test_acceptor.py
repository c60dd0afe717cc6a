"""Taking in connections: all at once, through a lack of file descriptors, and the last ones before the end."""

import asyncio
import errno
import socket

import uvloop

from onevec.server.processes.acceptor import Acceptor


class Greeter(asyncio.Protocol):
    """Greets whoever comes."""

    def __init__(self, seen):
        self._seen = seen

    def connection_made(self, transport):
        self._seen.append(transport)
        transport.write(b"hello")


def run(main):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def calling(listener, count):
    return [socket.create_connection(listener.getsockname()) for _ in range(count)]


def close(clients, seen):
    for transport in seen:
        transport.close()
    for client in clients:
        client.close()


def test_all_that_wait_are_taken_in_within_a_few_rounds():
    async def main():
        seen = []
        with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
            clients = calling(listener, 100)
            taker = Acceptor(listener, lambda: Greeter(seen))
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(seen) == 100
            taker.close()
            await taker.wait_closed()
        close(clients, seen)

    run(main)


def test_closing_takes_in_who_has_come_and_nobody_after():
    async def main():
        seen = []
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            taker = Acceptor(listener, lambda: Greeter(seen))
            clients = calling(listener, 20)
            taker.close()
            taker.close()
            await taker.wait_closed()
            assert len(seen) == 20
            late = calling(listener, 1)
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(seen) == 20
        close(clients + late, seen)

    run(main)


class Exhausted(socket.socket):
    """A listening socket in a process that has no file descriptors left, once."""

    tries = 0

    def accept(self):
        self.tries += 1
        if self.tries == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_a_lack_of_file_descriptors_passes():
    async def main():
        arrived = asyncio.Event()

        class Once(Greeter):
            def connection_made(self, transport):
                super().connection_made(transport)
                arrived.set()

        seen = []
        with Exhausted() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            taker = Acceptor(listener, lambda: Once(seen), pause=0.01)
            clients = calling(listener, 1)
            await asyncio.wait_for(arrived.wait(), 10)
            assert listener.tries >= 2
            taker.close()
        close(clients, seen)

    run(main)


def test_one_of_several_processes_leaves_others_something():
    async def main():
        mine, theirs = [], []
        with socket.create_server(("127.0.0.1", 0), backlog=200) as listener, listener.dup() as other:
            clients = calling(listener, 60)
            takers = [
                Acceptor(one, lambda seen=seen: Greeter(seen), batch=1)
                for one, seen in ((listener, mine), (other, theirs))
            ]
            for _ in range(1000):
                await asyncio.sleep(0)
            for taker in takers:
                taker.close()
                await taker.wait_closed()
        close(clients, mine + theirs)
        return len(mine), len(theirs)

    mine, theirs = run(main)
    assert mine + theirs == 60
    assert min(mine, theirs) > 10
