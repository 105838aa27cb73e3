"""Describe the results as an RO-Crate (https://w3id.org/ro/crate)."""

import json
import tempfile
from pathlib import Path

from rocrate.rocrate import ROCrate

from groundmotion.artefacts.files import replacing
from groundmotion.artefacts.tables import read_json
from groundmotion.workflow.job import run_job

_FORMATS = {
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".safetensors": "application/octet-stream",
    ".tif": "image/tiff; application=geotiff",
}


def export_crate(*, manifest: Path, crate: Path) -> None:
    """Write ``ro-crate-metadata.json`` beside the manifest; every listed file becomes an entity."""
    content = read_json(manifest)
    described = ROCrate()
    described.name = "Ground deformation in InSAR velocity maps"
    described.description = (
        "Tables, figures, maps and models made by the groundmotion workflow. Scenes whose files "
        "say SIMULATED hold no measurements."
    )
    described.license = "https://spdx.org/licenses/BSD-3-Clause"
    software = content["software"]
    program = {
        "@id": "#groundmotion",
        "@type": "SoftwareApplication",
        "name": software["name"],
        "version": software["version"],
        "identifier": software["commit"],
    }
    described.add_jsonld(program)
    for name, entry in content["files"].items():
        path = Path(name)
        properties = {
            "name": path.name,
            "contentSize": str(entry["bytes"]),
            "sha256": entry["sha256"],
            "encodingFormat": _FORMATS.get(path.suffix, "application/octet-stream"),
        }
        if "rule" in entry:
            properties["description"] = f"made by the rule {entry['rule']}"
        source = path.relative_to(manifest.parent)
        described.add_file(
            source=None, dest_path=source.as_posix(), properties=properties, validate_url=False
        )
    described.root_dataset["datePublished"] = content["written"]
    with tempfile.TemporaryDirectory() as folder, replacing(crate) as partial:
        described.metadata.write(folder)
        text = Path(folder, "ro-crate-metadata.json").read_text(encoding="utf-8")
        partial.write_text(json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    run_job(export_crate, snakemake)  # type: ignore[name-defined]  # noqa: F821
