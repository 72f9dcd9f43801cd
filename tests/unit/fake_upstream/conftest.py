from collections.abc import Iterator

import pytest

from tests.unit.fake_upstream.talk import Talk


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    yield talk
    talk.upstream.painter.close()
