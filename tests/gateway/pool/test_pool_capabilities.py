from dataclasses import replace

from onevec.gateway.pool.pool import Pool
from onevec.gateway.pool.targets import Target
from onevec.testing import FakeEmbedder
from onevec.types import Capabilities


class Learning(FakeEmbedder):
    """Can what it is told that it can."""

    able = Capabilities(dimensions=16, max_input_tokens=512)

    @property
    def capabilities(self) -> Capabilities:
        return self.able


def test_what_all_targets_can_do_is_worked_out_once_and_again_when_one_has_changed():
    one, other = Learning(), Learning()
    pool = Pool([Target("one", one), Target("other", other)])
    before = pool.capabilities
    assert (pool.capabilities is before, before.max_input_tokens) == (True, 512)
    other.able = replace(other.able, max_input_tokens=256)
    assert pool.capabilities.max_input_tokens == 256
