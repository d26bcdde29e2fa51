#!/usr/bin/env python3
"""Finds libtorch, or fetches it into .libtorch; needs nothing but Python 3's standard library.

In this order:
  1. the folder named by LIBTORCH (its `include` and `lib` are checked, nothing is written);
  2. the local copy `.libtorch`;
  3. the pinned wheel: the file named by BONSAI_WHEEL, else pip's own index, else PyTorch's index of
     CPU wheels, else the same file over plain https (BONSAI_WHEEL_URL names another place).

A wheel is used only if its SHA-256 is the pinned one. Only the headers and the four libraries are
unpacked, into a folder beside the target that takes its name when everything is in place, so that
an interrupted run leaves nothing half done. Running it again does nothing.
"""

import hashlib
import http.client
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile

VERSION = "2.13.0+cpu"
OLDEST = (2, 13)
PYTHON_TAG = "311"

# SHA-256 of the pinned wheel, by machine. The Python tag is part of the pin: the libraries do not
# depend on Python, so the same file serves whatever Python runs this script.
WHEELS = {
    "x86_64": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "aarch64": "84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7",
}
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

LIBRARIES = ("libtorch.so", "libtorch_cpu.so", "libc10.so")
# What the libraries load beside them, by the start of the name (the last three: 64-bit Arm).
COMPANIONS = ("libgomp", "libarm_compute", "libopenblas", "libgfortran")
VERSION_HEADER = "include/torch/headeronly/version.h"
OLD_VERSION_HEADER = "include/torch/csrc/api/include/torch/version.h"
SPACE_NEEDED = 1_000_000_000

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / ".libtorch"
STAMP = "bonsai-stamp"


class Failure(Exception):
    """What went wrong and what to do, in words for the person at the terminal."""


def say(text):
    print(f"libtorch: {text}", flush=True)


# Looking at what is there.


def version_of(folder):
    """The version (major, minor, patch) that a libtorch's headers state, or None."""
    for name in (VERSION_HEADER, OLD_VERSION_HEADER):
        try:
            text = (folder / name).read_text(errors="replace")
        except OSError:
            continue
        parts = [re.search(rf"TORCH_VERSION_{part}\s+(\d+)", text)
                 for part in ("MAJOR", "MINOR", "PATCH")]
        if all(parts):
            return tuple(int(part.group(1)) for part in parts)
    return None


def shortcomings(folder):
    """What is missing in a libtorch folder; an empty list when it can be used."""
    suffix = ".dylib" if platform.system() == "Darwin" else ".so"
    missing = []
    if not (folder / "include/torch/csrc/api/include/torch/torch.h").is_file():
        missing.append("include/torch/csrc/api/include/torch/torch.h")
    for name in LIBRARIES:
        library = folder / "lib" / name.replace(".so", suffix)
        if not library.is_file() or library.stat().st_size == 0:
            missing.append(f"lib/{library.name}")
    return missing


def check_own(folder, origin):
    """Accepts a libtorch that its owner put in place, or says what is wrong with it."""
    missing = shortcomings(folder)
    if missing:
        raise Failure(f"{origin} is {folder}, but there is no {', '.join(missing)} in it. "
                      "It must be the folder that holds libtorch's `include` and `lib`.")
    version = version_of(folder)
    if version is None:
        raise Failure(f"{origin} is {folder}, but its headers do not state a version.")
    if version[:2] < OLDEST:
        raise Failure(f"{origin} is {folder}, which holds libtorch {'.'.join(map(str, version))}; "
                      f"Bonsai needs {'.'.join(map(str, OLDEST))} or newer.")
    say(f"{'.'.join(map(str, version))}, from {origin} ({folder})")


def stamp_of(folder):
    try:
        return (folder / STAMP).read_text().strip()
    except OSError:
        return None


def local_copy_serves():
    """Whether `.libtorch` can stay; says so. A copy this script made of another version, or one
    that lost a file, is replaced; a folder somebody else put there is never touched."""
    if not TARGET.exists():
        return False
    stamp = stamp_of(TARGET)
    if stamp is None:
        check_own(TARGET, ".libtorch (not made by this script)")
        return True
    if stamp == VERSION and not shortcomings(TARGET):
        say(f"{VERSION} is in place (.libtorch)")
        return True
    say(f".libtorch holds {stamp}, incomplete or not the pinned {VERSION}: replacing it")
    return False


# Getting the wheel.


def wheel_name(machine):
    return f"torch-{VERSION}-cp{PYTHON_TAG}-cp{PYTHON_TAG}-manylinux_2_28_{machine}.whl"


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def verify(path, pin, origin):
    found = sha256(path)
    if found != pin:
        raise Failure(
            f"the wheel from {origin} is not the pinned one: it has {path.stat().st_size} bytes, "
            f"SHA-256 {found}; expected {pin}. The file is broken, cut short or another build; "
            "nothing was installed. Try again, or give a good copy with BONSAI_WHEEL=FILE.")


def with_pip(folder, machine, index):
    """Asks pip for the wheel; returns its path, or the last line of pip's complaint."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
               "--disable-pip-version-check", "--no-input", "--quiet",
               "--python-version", PYTHON_TAG, "--implementation", "cp", "--abi", f"cp{PYTHON_TAG}",
               "--platform", f"manylinux_2_28_{machine}", "--dest", str(folder), *index,
               f"torch=={VERSION}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    wheel = folder / wheel_name(machine)
    if done.returncode == 0 and wheel.is_file():
        return wheel, None
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return None, lines[-1].strip() if lines else f"pip ended with status {done.returncode}"


def with_https(url, path):
    """Fetches the wheel without pip; a body shorter than announced is an error."""
    request = urllib.request.Request(url, headers={"User-Agent": "bonsai-setup"})
    with urllib.request.urlopen(request, timeout=60) as answer, open(path, "wb") as file:
        shutil.copyfileobj(answer, file, 1 << 20)
        announced = answer.headers.get("Content-Length")
    if announced is not None and path.stat().st_size != int(announced):
        raise OSError(f"the connection ended after {path.stat().st_size} of {announced} bytes")
    return path


def fetch(folder, machine):
    """Brings the wheel, verified; returns its path."""
    pin = WHEELS[machine]
    given = os.environ.get("BONSAI_WHEEL")
    if given:
        path = pathlib.Path(given)
        if not path.is_file():
            raise Failure(f"BONSAI_WHEEL is {given}, but there is no such file.")
        verify(path, pin, f"BONSAI_WHEEL ({given})")
        return path

    complaints = []
    url = os.environ.get("BONSAI_WHEEL_URL")
    if not url:
        for name, index in (("pip's index", []), ("PyTorch's index", ["--index-url", CPU_INDEX])):
            say(f"asking {name} for torch {VERSION} (about 190 MB) ...")
            wheel, complaint = with_pip(folder, machine, index)
            if wheel is None:
                complaints.append(f"{name}: {complaint}")
                continue
            verify(wheel, pin, name)
            return wheel
        url = f"{CPU_INDEX}/{urllib.parse.quote(wheel_name(machine))}"
    say(f"fetching {url} ...")
    try:
        wheel = with_https(url, folder / wheel_name(machine))
    except (OSError, ValueError, http.client.HTTPException) as error:
        complaints.append(f"{url}: {error}")
    else:
        verify(wheel, pin, url)
        return wheel
    raise Failure("could not fetch the wheel; nothing was installed.\n  "
                  + "\n  ".join(complaints)
                  + "\nBring the file by other means and give it with BONSAI_WHEEL=FILE, or set "
                  "LIBTORCH to a libtorch you have.")


# Unpacking it.


def wanted(name):
    """Where a file of the wheel goes in the local copy; None for what is not needed."""
    parts = pathlib.PurePosixPath(name).parts
    if ".." in parts or name.endswith("/"):
        return None
    if parts[:2] == ("torch", "include"):
        return pathlib.Path(*parts[1:])
    if parts[:2] == ("torch", "lib") and len(parts) == 3:
        if parts[2] in LIBRARIES or parts[2].startswith(COMPANIONS):
            return pathlib.Path("lib", parts[2])
    if len(parts) == 3 and parts[0].endswith(".dist-info") and parts[1] == "licenses":
        return pathlib.Path(parts[2])
    return None


def unpack(wheel, folder):
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                place = wanted(entry.filename)
                if place is None:
                    continue
                path = folder / place
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, open(path, "wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Failure(f"the wheel {wheel} is broken: {error}; nothing was installed.")
    missing = shortcomings(folder)
    if missing:
        raise Failure(f"the wheel {wheel} holds no {', '.join(missing)}; nothing was installed.")


def swap_in(folder):
    """Gives the finished folder its name; an older copy of ours makes way."""
    old = folder.with_name(f"{folder.name}.old")
    if TARGET.exists():
        os.rename(TARGET, old)
    try:
        os.rename(folder, TARGET)
    except OSError:
        if old.exists():
            os.rename(old, TARGET)
        raise
    shutil.rmtree(old, ignore_errors=True)


# Working folders: named after the process, so that a killed run's rests are known for what they are.


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def sweep():
    """Removes what a killed run left; the folder of a run that is still going stays."""
    for path in ROOT.glob(".libtorch.partial-*"):
        process = path.name.removeprefix(".libtorch.partial-").split(".")[0]
        if process.isdigit() and not alive(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def install():
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower())
    if platform.system() != "Linux" or machine not in WHEELS:
        raise Failure(f"no wheel is pinned for {platform.system()} on {machine}: install libtorch "
                      f"{'.'.join(map(str, OLDEST))} or newer and set LIBTORCH to its folder.")
    free = shutil.disk_usage(ROOT).free
    if free < SPACE_NEEDED:
        raise Failure(f"{free // 1_000_000} MB are free here; fetching and unpacking libtorch needs "
                      f"{SPACE_NEEDED // 1_000_000} MB.")
    work = ROOT / f".libtorch.partial-{os.getpid()}"
    try:
        (work / "wheel").mkdir(parents=True)
        wheel = fetch(work / "wheel", machine)
        say("unpacking headers and libraries ...")
        unpack(wheel, work / "libtorch")
        (work / "libtorch" / STAMP).write_text(VERSION + "\n")
        # A sibling of the target, so that taking its name is one step.
        ready = ROOT / f"{work.name}.ready"
        os.rename(work / "libtorch", ready)
        swap_in(ready)
    finally:
        for path in ROOT.glob(f"{work.name}*"):
            shutil.rmtree(path, ignore_errors=True)
    say(f"{VERSION} is in place (.libtorch)")


def main():
    def stop(number, frame):
        raise Failure("interrupted; nothing was installed.")

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)
    try:
        if os.environ.get("LIBTORCH"):
            check_own(pathlib.Path(os.environ["LIBTORCH"]), "LIBTORCH")
            return 0
        sweep()
        if not local_copy_serves():
            install()
        return 0
    except Failure as failure:
        print(f"libtorch: error: {failure}", file=sys.stderr)
    except OSError as error:
        print(f"libtorch: error: {error}; nothing was installed.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
