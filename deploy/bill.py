"""The bill of materials: what the wheel and the image are made of, as CycloneDX.

Made from the lock file that the image is installed from, so that it says what is in it, and always the same
for the same lock file. No machine is asked anything.

    python -m deploy.bill FILE
"""

import hashlib
import json
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

from deploy.locked import Package, packages

Json = dict[str, Any]
SPECIFICATION = "1.6"
PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def bill(found: tuple[Package, ...], name: str, version: str) -> Json:
    """The whole of it. `name` and `version` are those of the product."""
    root = f"pkg:pypi/{name}@{version}"
    components = [_component(package) for package in found]
    needs: dict[str, list[str]] = {root: [], **{_purl(package): [] for package in found}}
    releases: dict[str, list[str]] = {}
    for package in found:
        releases.setdefault(package.name, []).append(_purl(package))
    for package in found:
        for other in package.needed_by:
            for release in releases.get(other, ()):
                needs[release].append(_purl(package))
        if package.ours:
            needs[root].append(_purl(package))
    written = json.dumps([root, components, needs], sort_keys=True).encode()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": uuid.UUID(bytes=hashlib.sha256(written).digest()[:16], version=4).urn,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": root, "name": name, "version": version, "purl": root,
            }
        },
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in needs.items()],
    }  # fmt: skip


def _component(package: Package) -> Json:
    hashes = [{"alg": "SHA-256", "content": one} for one in package.hashes]
    made: Json = {
        "type": "library", "bom-ref": _purl(package), "name": package.name, "version": package.version,
        "purl": _purl(package),
        "externalReferences": [{"type": "distribution", "url": _purl(package), "hashes": hashes}],
    }  # fmt: skip
    licence = _licence(package.name)
    if licence:
        made["licenses"] = [{"license": {"name": licence}}]
    if package.where:
        made["properties"] = [{"name": "braver:where", "value": package.where}]
    return made


def _licence(name: str) -> str:
    """As the package says it itself, where it is installed here; the first line of a longer text."""
    try:
        told: Json = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return ""
    said = str(told.get("license_expression") or told.get("license") or "")
    named = [one.rpartition(" :: ")[2] for one in told.get("classifier", ()) if one.startswith("License")]
    return (said.strip().splitlines() or named or [""])[0][:200]


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def product() -> tuple[str, str]:
    """Name and version."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return project["name"], project["version"]


def main(file: Path) -> None:
    found = packages("runtime.txt")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill(found, *product()), indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"Wrote {file}: {len(found)} packages.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
