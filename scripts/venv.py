#!/usr/bin/env python3
"""Makes the Python environments that results are checked against; Bonsai itself uses no Python.

    venv.py tests    .venv        ONNX Runtime and ONNX, the independent oracle of the tests
    venv.py peers    .venv-peers  PyTorch and Torch-Pruning, which `make bench` and
                                  `make prunability` measure beside Bonsai, and models to prune

Versions are pinned. A stamp written last says what is inside, so a second call does nothing and an
environment that was left half made is made anew. With --optional, failing is said loudly but is
no error: the tests then skip what they cannot check, and say so.
"""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STAMP = "bonsai-stamp"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

ENVIRONMENTS = {
    "tests": (".venv", ("onnxruntime==1.31.1", "onnx==1.23.2", "numpy==2.4.6"), None),
    "peers": (".venv-peers", (
        "torch==2.13.0+cpu", "torchvision==0.28.0", "timm==1.0.31", "torch-pruning==1.6.1",
        "onnx==1.23.2", "onnxscript==0.7.2", "onnxruntime==1.31.1", "numpy==2.4.6"), CPU_INDEX),
}


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise Failure("\n  ".join(lines[-4:]) or f"{command[0]} ended with {done.returncode}")


def install(python, requirements, index):
    """Installs from pip's own index; where that lacks a package, `index` is asked as well."""
    command = (str(python), "-m", "pip", "install", "--quiet", "--no-input",
               "--disable-pip-version-check", "--only-binary=:all:")
    try:
        run(*command, *requirements)
    except Failure:
        if index is None:
            raise
        run(*command, "--extra-index-url", index, *requirements)


def make(folder, requirements, index):
    contents = " ".join((f"python{sys.version_info.major}.{sys.version_info.minor}", *requirements))
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text() == contents and (folder / "bin/python").exists():
        print(f"{folder.name}: {', '.join(requirements)} in place", flush=True)
        return
    print(f"{folder.name}: installing {', '.join(requirements)} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", str(folder))
        install(folder / "bin/python", requirements, index)
        stamp.write_text(contents)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    print(f"{folder.name}: in place", flush=True)


def main(arguments):
    optional = "--optional" in arguments
    names = [name for name in arguments if name != "--optional"]
    if len(names) != 1 or names[0] not in ENVIRONMENTS:
        print(f"usage: venv.py [--optional] {'|'.join(ENVIRONMENTS)}", file=sys.stderr)
        return 64
    name, requirements, index = ENVIRONMENTS[names[0]]
    try:
        make(ROOT / name, requirements, index)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; nothing was left behind", file=sys.stderr)
        return 130
    except (Failure, OSError) as failure:
        print(f"{name}: could not be made:\n  {failure}", file=sys.stderr)
        if not optional:
            return 1
        rule = "!" * 78
        print(f"{rule}\n!! {name} is missing: what needs it ({', '.join(requirements)})\n"
              f"!! will be SKIPPED below, each test with its reason.\n{rule}",
              file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
