#!/usr/bin/env python3
"""Whose code is in the program: a bill of materials (CycloneDX 1.5, JSON) on standard output, made of Cargo.lock and of what
`cargo metadata` says. Crates that only tests and benchmarks use are left out. The same sources give the same bytes.

    python3 tests/sbom.py [--features postgres-tls] > sigap.cdx.json
"""
import json, pathlib, subprocess, sys, tomllib, uuid

root = pathlib.Path(__file__).resolve().parent.parent
words = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu", *sys.argv[1:]]
about = json.loads(subprocess.run(words, cwd=root, capture_output=True, check=True).stdout)
lock = tomllib.loads((root / "Cargo.lock").read_text())
checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
packages = {one["id"]: one for one in about["packages"]}
nodes = {one["id"]: one for one in about["resolve"]["nodes"]}


def needed(node):
    """What a crate is built of, or with; not what its tests use."""
    return sorted(dep["pkg"] for dep in node["deps"] if any(kind["kind"] != "dev" for kind in dep["dep_kinds"]))


def purl(id_):
    return f"pkg:cargo/{packages[id_]['name']}@{packages[id_]['version']}"


def component(id_):
    one = packages[id_]
    made = {"type": "library", "bom-ref": purl(id_), "name": one["name"], "version": one["version"], "purl": purl(id_)}
    if one["license"]:
        made["licenses"] = [{"expression": one["license"].replace("/", " OR ")}]
    checksum = checksums.get((one["name"], one["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if one["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": one["repository"]}]
    return made


top = about["resolve"]["root"]
seen, waiting = {top}, [top]
while waiting:
    for id_ in needed(nodes[waiting.pop()]):
        if id_ not in seen:
            seen.add(id_)
            waiting.append(id_)
parts = sorted(seen - {top}, key=purl)
print(json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, (root / 'Cargo.lock').read_text() + ' '.join(sys.argv[1:]))}",
    "version": 1,
    "metadata": {"component": component(top) | {"type": "application"}},
    "components": [component(id_) for id_ in parts],
    "dependencies": [{"ref": purl(id_), "dependsOn": [purl(to) for to in needed(nodes[id_])]} for id_ in [top, *parts]],
}, indent=1, ensure_ascii=False))
