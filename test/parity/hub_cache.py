"""The cache that `models download` fills, read by huggingface_hub, and the cache that huggingface_hub fills, found by the product. No network is used: the hub is a server of the tests.

    node scripts/build.mjs
    pip install -r test/parity/requirements.txt
    python test/parity/hub_cache.py
"""

import json
import logging
import os
import pathlib
import subprocess
import tempfile
import warnings

# Read when the library is imported.
for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
    del os.environ[name]
os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1", NO_PROXY="127.0.0.1")

import huggingface_hub
from huggingface_hub import scan_cache_dir, snapshot_download, try_to_load_from_cache

from models import root
from product import program

commit = "0123456789abcdef0123456789abcdef01234567"
sentiment = root / "models" / "sentiment"
paths = ["README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "onnx/model.onnx"]
said = []


class Heard(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            said.append(record.getMessage())


logging.getLogger("huggingface_hub").addHandler(Heard())
warnings.showwarning = lambda message, *_: said.append(str(message))
warnings.simplefilter("always")


def cli(*arguments, cache, endpoint, fails=False, **environment):
    """What the product's command line prints, with this cache and hub."""
    env = dict(PATH=os.environ["PATH"], HOME=str(cache), HF_HUB_CACHE=str(cache), HF_ENDPOINT=endpoint, **environment)
    done = subprocess.run(["node", root / "dist" / "explain.mjs", *arguments], env=env, cwd=elsewhere, capture_output=True, text=True)
    assert (done.returncode != 0) == fails and (fails or done.stderr == ""), done
    return done.stdout.strip()


def check_read(cache, folder, name, revision, expected, links):
    """What huggingface_hub says of a cache that the product filled, asked without a network."""
    found = snapshot_download(name, revision=revision, cache_dir=cache, local_files_only=True)
    assert os.path.samefile(found, folder), (found, folder)
    for path in expected:
        cached = try_to_load_from_cache(name, path, cache_dir=cache, revision=revision)
        assert isinstance(cached, str) and os.path.islink(cached) == links, (path, cached)
        assert pathlib.Path(cached).read_bytes() == pathlib.Path(files[path]).read_bytes(), path
    assert try_to_load_from_cache(name, "onnx/model_int8.onnx", cache_dir=cache, revision=revision) is None
    scanned = scan_cache_dir(cache)
    assert not scanned.warnings, scanned.warnings
    (repo,) = scanned.repos
    (state,) = repo.revisions
    assert repo.repo_id == name and state.commit_hash == commit
    assert state.refs == (frozenset() if revision == commit else frozenset({revision})), state.refs
    assert sorted(str(file.file_path.relative_to(state.snapshot_path)) for file in state.files) == sorted(expected)
    assert repo.size_on_disk == sum(os.path.getsize(files[path]) for path in expected)
    return repo.size_on_disk


def ours_read_by_theirs(work, hub, endpoint):
    for index, (revision, links) in enumerate([("main", True), ("refined", True), ("refs/pr/7", True), (commit, True), ("main", False)]):
        cache = work / f"ours-{index}"
        cache.mkdir()
        more = {} if links else {"HF_HUB_DISABLE_SYMLINKS": "1"}
        folder = cli("models", "download", "films/sentiment", "--yes", "--revision", revision, cache=cache, endpoint=endpoint, **more)
        size = check_read(cache, folder, "films/sentiment", revision, paths, links)
        hub()
        # With the network it brings what we left, and nothing that we brought.
        snapshot_download("films/sentiment", revision=revision, cache_dir=cache, endpoint=endpoint)
        brought = {path.split("?")[0].split("/")[-1] for path in hub()["files"]}
        assert hashes["onnx/model_int8.onnx"] in brought
        again = [path for path in paths if hashes[path] in brought]
        assert not again, again
        assert not scan_cache_dir(cache).warnings
        if links:
            own = work / f"whole-{index}"
            whole = snapshot_download("films/sentiment", revision=revision, cache_dir=own, endpoint=endpoint)
            for path in paths:
                assert os.readlink(os.path.join(folder, path)) == os.readlink(os.path.join(whole, path)), path
        kind = "links, as its own" if links else "no links"
        print(f"ours, {revision[:12]}, {kind}: {len(paths)} files, {size} bytes, read by huggingface_hub; large files asked for again: {len(again)}")


def theirs_found_by_ours(work, hub, endpoint):
    for index, revision in enumerate(["main", "refined", "refs/pr/7", commit]):
        cache = work / f"theirs-{index}"
        cache.mkdir()
        theirs = snapshot_download("films/sentiment", revision=revision, cache_dir=cache, endpoint=endpoint)
        hub()
        # Nobody is asked whether to download what is there.
        order = ["models", "download", "films/sentiment", "--revision", revision, "--format", "json"]
        about = json.loads(cli(*order, cache=cache, endpoint=endpoint))["model"]
        assert os.path.samefile(about["directory"], theirs) and about["downloadedBytes"] == 0, about
        assert hub()["files"] == []
        offline = json.loads(cli(*order, cache=cache, endpoint=endpoint, HF_HUB_OFFLINE="1"))["model"]
        assert offline == about, offline
        explained = cli("--model", "films/sentiment", "--method", "attention", "--format", "json", "A gorgeous film.", cache=cache, endpoint=endpoint)
        label = json.loads(explained)["prediction"]["classes"][0]["label"]
        assert label == "positive" and "films/sentiment" in cli("models", cache=cache, endpoint=endpoint)
        assert not scan_cache_dir(cache).warnings
        print(f"theirs, {revision[:12]}: found with 0 bytes downloaded, listed, explained ({label})")


def cut_and_gone_on_with(work, hub, endpoint):
    cache = work / "cut"
    cache.mkdir()
    hub(cutAfter=500_000)
    cli("models", "download", "films/sentiment", "--yes", cache=cache, endpoint=endpoint, fails=True)
    hub(cutAfter=None)
    assert not scan_cache_dir(cache).warnings
    snapshot_download("films/sentiment", cache_dir=cache, endpoint=endpoint)
    about = json.loads(cli("models", "download", "films/sentiment", "--format", "json", cache=cache, endpoint=endpoint))["model"]
    assert about["downloadedBytes"] == 0
    assert not scan_cache_dir(cache).warnings
    print("cut by us: no warning, brought by huggingface_hub, found by us")


with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryDirectory() as elsewhere:
    work = pathlib.Path(temporary)
    files = {path: str(sentiment / path) for path in paths}
    for path, text in {"onnx/model_int8.onnx": "of another precision", "notes.txt": "not wanted", "pytorch_model.bin": "pickle"}.items():
        place = work / path.replace("/", "-")
        place.write_text(text)
        files[path] = str(place)
    hashes = {path: subprocess.run(["sha256sum", place], capture_output=True, text=True, check=True).stdout[:64] for path, place in files.items()}
    ask = program("hub")
    hub = lambda **order: ask(**order)
    endpoint = hub(serve={"films/sentiment": dict(commit=commit, branches=["refined", "refs/pr/7"], files=files)})["endpoint"]
    print(f"huggingface_hub {huggingface_hub.__version__}")
    ours_read_by_theirs(work, hub, endpoint)
    theirs_found_by_ours(work, hub, endpoint)
    cut_and_gone_on_with(work, hub, endpoint)
    print(f"warnings of huggingface_hub: {said or 'none'}")
    assert not said
