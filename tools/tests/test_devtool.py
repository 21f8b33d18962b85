"""Unit tests of the tooling: plain pytest, no Odoo, no database."""

import fcntl
import os
import socket
import textwrap
from pathlib import Path

import pytest

from devtool import (
    checklog,
    cli,
    cluster,
    databases,
    debian,
    i18n,
    javascript,
    odoo_lint,
    odoo_source,
    testdb,
    testing,
)
from devtool.project import Project, Stamp, digest
from devtool.ui import DevError, Settings, last_words, run


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(Settings, "log_dir", tmp_path / "logs")
    return Project(tmp_path)


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def addon(root: Path, name: str, **manifest) -> None:
    write(root / name / "__manifest__.py", repr({"name": name, **manifest}))


# -- what is in the checkout ---------------------------------------------------


def test_every_folder_with_a_manifest_is_an_addon(project):
    addon(project.root, "customer_plan_mgmt", depends=["contacts"])
    addon(
        project.root, "customer_plan_mgmt_sale", depends=["customer_plan_mgmt", "sale"]
    )
    write(project.root / "tools" / "x.py")
    assert [found.name for found in project.addons()] == [
        "customer_plan_mgmt",
        "customer_plan_mgmt_sale",
    ]


def test_a_bridge_whose_application_is_absent_is_left_out(project):
    odoo = project.root / "src"
    for name in ("web", "sale", "contacts"):
        write(odoo / "odoo" / "addons" / name / "__manifest__.py", "{}")
    addon(project.root, "customer_plan_mgmt", depends=["contacts"])
    addon(
        project.root, "customer_plan_mgmt_sale", depends=["customer_plan_mgmt", "sale"]
    )
    addon(project.root, "customer_plan_mgmt_desk", depends=["helpdesk_of_others"])
    kinds = testdb.kinds(project, odoo)
    assert kinds["core"].modules == ["customer_plan_mgmt"]
    assert not kinds["core"].demo
    assert kinds["full"].modules == [
        "customer_plan_mgmt",
        "customer_plan_mgmt_sale",
        "sale",
    ]
    assert kinds["full"].demo


def test_content_hash_follows_content_and_names_but_not_tests(tmp_path):
    folder = tmp_path / "addon"
    write(folder / "models" / "a.py", "x = 1")
    first = testdb.content_hash([folder])
    write(folder / "tests" / "test_a.py", "def test(): pass")
    write(folder / "models" / "__pycache__" / "a.pyc", "bytes")
    assert testdb.content_hash([folder]) == first
    write(folder / "models" / "a.py", "x = 2")
    second = testdb.content_hash([folder])
    assert second != first
    (folder / "models" / "a.py").rename(folder / "models" / "b.py")
    assert testdb.content_hash([folder]) not in (first, second)


def test_digest_reads_files_and_does_not_run_parts_together(tmp_path):
    path = write(tmp_path / "requirements.txt", "a")
    first = digest(path, "b")
    write(path, "ab")
    assert digest(path, "") != first
    assert digest("a", "bc") != digest("ab", "c")


def test_a_stamp_is_fresh_only_for_the_value_it_was_written_for(tmp_path):
    stamp = Stamp(tmp_path / "deep" / "stamp")
    assert not stamp.fresh("1")
    stamp.write("1")
    assert stamp.fresh("1")
    assert not stamp.fresh("2")


def test_a_lock_may_be_taken_twice_by_its_holder_and_is_released(project):
    with project.lock(), project.lock(), project.lock(project.root / "other"):
        pass
    with (project.dev / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


# -- Odoo ----------------------------------------------------------------------


def test_a_package_has_all_addons_inside_and_a_checkout_has_not(tmp_path):
    package, checkout = tmp_path / "package", tmp_path / "checkout"
    write(package / "odoo" / "addons" / "web" / "__manifest__.py")
    write(package / "addons" / "web" / "models.py")
    write(checkout / "odoo" / "addons" / "base" / "__manifest__.py")
    write(checkout / "addons" / "web" / "__manifest__.py")
    assert odoo_source.addons_paths(package) == [package / "odoo" / "addons"]
    assert odoo_source.addons_paths(checkout) == [
        checkout / "addons",
        checkout / "odoo" / "addons",
    ]


@pytest.mark.parametrize(("series", "found"), [("19.0", True), ("18.0", False)])
def test_only_odoo_19_is_accepted(tmp_path, series, found):
    write(tmp_path / "odoo" / "release.py", f"series = {series!r}")
    assert bool(odoo_source.package_root(tmp_path)) is found
    assert bool(odoo_source.package_root(tmp_path / "odoo")) is found


def test_a_wrong_odoo_src_is_explained(project, monkeypatch):
    monkeypatch.setenv("ODOO_SRC", str(project.root))
    with pytest.raises(DevError, match="ODOO_SRC"):
        odoo_source.find(project)


def test_absolute_links_resolve_inside_the_unpacked_tree(tmp_path):
    addons = tmp_path / "usr" / "odoo" / "addons"
    write(tmp_path / "usr" / "share" / "jquery.js", "jquery")
    link = addons / "web" / "jquery.js"
    link.parent.mkdir(parents=True)
    link.symlink_to("/usr/share/jquery.js")
    (addons / "web" / "relative.js").symlink_to("../../../share/jquery.js")
    odoo_source.complete_tree(tmp_path, addons)
    assert link.read_text() == "jquery"
    assert not os.readlink(link).startswith("/")
    for name in odoo_source.LEFT_OUT:
        assert (addons / name).read_text() == ""


def test_a_dangling_link_matters_only_in_addons_that_are_used(tmp_path):
    addons = tmp_path / "addons"
    for name in ("point_of_sale", "web"):
        link = addons / name / "font.otf"
        link.parent.mkdir(parents=True)
        link.symlink_to("nowhere.otf")
        if name == "point_of_sale":
            odoo_source.complete_tree(tmp_path, addons)
    with pytest.raises(DevError, match="web/font.otf"):
        odoo_source.complete_tree(tmp_path, addons)


# -- Debian --------------------------------------------------------------------


def test_the_mirror_is_the_main_archive_of_indextargets():
    text = """\
        http://packages.example.com/x/ stable Example Example
        http://mirror.example.com/debian-security/ bookworm-security Debian Debian-Security
        http://mirror.example.com/debian/ bookworm-updates Debian Debian
        http://mirror.example.com/debian/ bookworm Debian Debian
        """
    assert debian.parse_index_targets(textwrap.dedent(text)) == (
        "http://mirror.example.com/debian/",
        "bookworm",
    )
    assert debian.parse_index_targets("") is None


def test_the_mirror_before_the_first_update_comes_from_the_uris():
    text = """\
        'http://m.example.com/debian-security/dists/trixie-security/InRelease' a 0
        'http://m.example.com/debian/dists/trixie-updates/InRelease' b 0
        'http://m.example.com/debian/dists/trixie/InRelease' c 0
        """
    assert debian.parse_print_uris(textwrap.dedent(text)) == (
        "http://m.example.com/debian/",
        "trixie",
    )


# -- PostgreSQL ----------------------------------------------------------------


def test_a_pid_file_of_a_dead_or_foreign_process_is_removed(project):
    data = project.root / "data"
    pid_file = write(data / "postmaster.pid", f"{os.getpid()}\n{data}\n")
    assert cluster.running_pid(data) is None  # this process is not PostgreSQL
    assert not pid_file.exists()
    write(pid_file, "not a number\n")
    assert cluster.running_pid(data) is None
    assert cluster.running_pid(data / "elsewhere") is None


def test_a_taken_port_is_an_error_only_when_asked_for():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(DevError, match=str(taken)):
            databases.free_port(taken)
    assert databases.free_port() >= databases.DEFAULT_PORT


@pytest.mark.parametrize("name", ["", "a b", "-x", 'a"b', "a;b"])
def test_strange_database_names_are_refused(name):
    with pytest.raises(DevError, match="database name"):
        databases.check_name(name)


# -- the log gate --------------------------------------------------------------

LOG = """\
2026-01-02 03:04:05,678 42 INFO db odoo.modules.loading: loading x
2026-01-02 03:04:05,679 42 WARNING db odoo.fields: unknown parameter
2026-01-02 03:04:05,680 42 WARNING db odoo.tools.config: missing --http-interface/http_interface
2026-01-02 03:04:05,681 42 ERROR db odoo.sql_db: bad query
Traceback (most recent call last):
ValueError
2026-01-02 03:04:05,682 42 INFO db odoo.modules.loading: done
"""


def test_warnings_and_errors_are_found_with_their_traceback():
    found = checklog.problems(LOG)
    assert len(found) == 2
    assert "unknown parameter" in found[0]
    assert found[1].endswith("ValueError")


def test_every_line_of_the_allow_list_gives_a_reason():
    assert all(pattern and len(reason) > 20 for pattern, reason in checklog.ALLOWED)


def test_only_complaints_about_our_addons_count(project):
    class Env:
        odoo_root = Path("/home/x/.cache/customer_plan_mgmt/odoo")

    Env.project = Project(Path("/home/x/customer_plan_mgmt"))
    ours = 'File "/home/x/customer_plan_mgmt/customer_plan_mgmt_sale/models/a.py"'
    core = f'File "{Env.odoo_root}/addons/sale/models/a.py": sale.order.partner_id'
    assert odoo_lint.concerns_us(ours, Env)
    assert odoo_lint.concerns_us("cpm.plan.tier_id (inverse of cpm.tier.plan_ids)", Env)
    assert not odoo_lint.concerns_us(core, Env)


@pytest.mark.parametrize(
    ("version", "suitable"),
    [
        ((18, 20), False),
        ((20, 18), False),
        ((20, 19), True),
        ((23, 9), False),
        ((24, 0), True),
    ],
)
def test_only_a_node_that_the_linters_run_on_is_used(version, suitable):
    assert javascript.is_suitable(*version) is suitable


# -- translations --------------------------------------------------------------


def test_the_date_of_an_export_is_no_change():
    text = '"POT-Creation-Date: {}\\n"\n"Language-Team: \\n"\nmsgid "a"\n'
    assert i18n.stable_text(text.format(1)) == i18n.stable_text(text.format(2))
    assert i18n.stable_text(text) != i18n.stable_text(text.replace('"a"', '"b"'))


# -- command line ----------------------------------------------------------------


def test_paths_and_options_for_pytest_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "addon" / "tests" / "test_a.py")
    arguments = ["-k", "tier", "addon/tests/test_a.py::TestA", "-x"]
    assert testing.split_arguments(tmp_path, arguments) == (
        ["-k", "tier", "-x"],
        ["addon/tests/test_a.py::TestA"],
    )


def test_every_verb_has_help(capsys):
    for name in cli.VERBS:
        with pytest.raises(SystemExit) as stop:
            cli.main(Path.cwd(), [name, "--help"])
        assert stop.value.code == 0
        assert "usage: ./dev " + name in capsys.readouterr().out


def test_unknown_arguments_are_refused_where_nothing_takes_them(project):
    with pytest.raises(SystemExit):
        cli.main(project.root, ["setup", "--no-such-option"])


def test_a_failing_program_shows_the_end_of_its_output(project):
    with pytest.raises(
        DevError, match="(?s)The thing failed with exit code 3.*last words"
    ):
        run(["sh", "-c", "echo last words; exit 3"], log="x", what="The thing")


def test_a_sign_of_life_is_short(tmp_path):
    line = (
        "2026-01-02 03:04:05,678 42 INFO db odoo.modules.loading: loading " + "x" * 200
    )
    words = last_words(write(tmp_path / "log", line))
    assert words.startswith("loading x")
    assert len(words) < 100
