"""A file that is read because its name fits is a file: a link may lead to any text that its owner can read."""

import os
from pathlib import Path

import pytest

from depthdrop_cli.commands.offers import gather
from depthdrop_cli.stack.no_links import FileError, names_in, read_below, read_named, replace_below
from tests.support.aws import INBOX
from tests.support.operator_cloud import Cloud
from tests.support.other_user import OtherUser, other_user
from tests.support.scripted import PICTURE

__all__ = ["other_user"]

SECRET = "-----BEGIN PRIVATE KEY-----"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A picture, and elsewhere a private key."""
    (tmp_path / "key.pem").write_text(SECRET)
    made = tmp_path / "photos"
    made.mkdir()
    (made / "photo.jpg").write_bytes(PICTURE)
    return made


def _refused(cloud: Cloud, *arguments: str) -> str:
    ended = cloud.run("drop", *arguments)
    s3 = cloud.stack.submit().inbox.s3
    assert ended.exit_code == 1
    assert "Contents" not in s3.list_objects_v2(Bucket=INBOX)
    assert SECRET not in ended.output
    return ended.stderr


@pytest.mark.parametrize("named", ["photo.jpg", "."])
@pytest.mark.parametrize("name", ["photo.txt", "photo.jpg.txt", "photo.json", "photo.yaml"])
def test_a_linked_sidecar_is_refused_before_anything_is_sent(
    cloud: Cloud, folder: Path, named: str, name: str
) -> None:
    (folder / name).symlink_to("../key.pem")

    shown = _refused(cloud, str(folder / named))

    assert (
        f"{folder / name} is a link, and links are not followed here: put a copy of the file in its place." in shown
    )


@pytest.mark.parametrize("name", ["_preset.yaml", "other.jpg", "below/_preset.json"])
def test_a_linked_preset_or_picture_below_a_folder_is_refused_too(cloud: Cloud, folder: Path, name: str) -> None:
    (folder / "photo.txt").write_text("a watercolour")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(folder.parent / "key.pem")

    assert f"{folder / name} is a link" in _refused(cloud, str(folder))


def test_a_sidecar_that_a_shells_star_typed_is_no_link_either(cloud: Cloud, folder: Path) -> None:
    (folder / "photo.txt").symlink_to("../key.pem")

    assert "photo.txt is a link" in _refused(cloud, *map(str, sorted(folder.iterdir(), reverse=True)))


def test_another_users_link_in_a_shared_folder_is_refused(cloud: Cloud, other_user: OtherUser) -> None:
    photo = other_user.folder / "photo.jpg"
    photo.write_bytes(PICTURE)
    other_user.runs("ln -s /etc/hostname photo.txt")

    assert "photo.txt is a link" in _refused(cloud, str(photo))


def test_a_fifo_beside_a_picture_is_refused_and_not_waited_for(cloud: Cloud, folder: Path) -> None:
    os.mkfifo(folder / "photo.txt")

    assert "photo.txt is not a regular file and is not read" in _refused(cloud, str(folder / "photo.jpg"))


def test_a_folder_that_is_called_like_a_sidecar_is_none(folder: Path) -> None:
    (folder / "photo.txt").mkdir()

    assert list(gather([folder / "photo.jpg"], "", None, None)) == ["photo.jpg"]


def test_linked_and_hidden_folders_are_not_entered(folder: Path) -> None:
    (folder / "linked").symlink_to(folder.parent)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "other.jpg").write_bytes(PICTURE)
    (folder.parent / "other.jpg").write_bytes(PICTURE)

    assert list(gather([folder], "", "a watercolour", None)) == ["photo.jpg"]


def test_a_typed_picture_may_be_a_link(folder: Path) -> None:
    (folder / "today.jpg").symlink_to("photo.jpg")
    (folder / "latest").symlink_to(".")

    for typed in (folder / "today.jpg", folder / "latest" / "today.jpg"):
        assert gather([typed], "", "a watercolour", None)["today.jpg"].content == PICTURE


def test_a_sidecar_of_its_own_option_and_a_folder_that_is_named_may_be_links(folder: Path) -> None:
    (folder.parent / "style.txt").symlink_to(folder.parent / "prompt.txt")
    (folder.parent / "prompt.txt").write_text("an etching")
    (folder.parent / "linked").symlink_to(folder)

    offers = gather([folder.parent / "linked"], "", None, folder.parent / "style.txt")

    assert {key: one.content for key, one in offers.items()} == {
        "photo.jpg": PICTURE,
        "photo.jpg.txt": b"an etching",
    }


@pytest.mark.parametrize("name", ["/dev/zero", "fifo", "folder"])
def test_a_typed_path_that_is_not_a_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()

    with pytest.raises(FileError, match=r"is not a regular file|Is a directory"):
        read_named(tmp_path / name)


def test_a_folder_that_became_a_link_after_it_was_listed_is_not_followed(folder: Path) -> None:
    (folder / "below").symlink_to(folder.parent)

    with pytest.raises(FileError, match="below is a link"):
        read_below(folder, "below/key.pem")
    with pytest.raises(FileError, match="below is a link"):
        replace_below(folder, "below/new/x", b"x")
    assert not (folder.parent / "new").exists()


def test_links_are_listed_so_that_they_are_not_overlooked(folder: Path) -> None:
    (folder / "dangling.txt").symlink_to("nowhere")
    (folder / "linked").symlink_to("..")
    (folder / "below").mkdir()

    assert names_in(folder) == ["dangling.txt", "linked", "photo.jpg"]
