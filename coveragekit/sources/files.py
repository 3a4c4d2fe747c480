"""Tell what a file is by its content, open it, and give its digest."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from coveragekit.errors import InputError, SourceChanged, SourceUnavailable
from coveragekit.sources.packed import check_members, check_workbook, unpack
from coveragekit.sources.tabular import read_csv, read_xlsx
from coveragekit.sources.vector import read_parquet, read_vector

if TYPE_CHECKING:
    from coveragekit.sources.loaded import Ledger
    from coveragekit.sources.raw import Raw

__all__ = ["FORMATS", "digest", "open_source"]

Format = Literal[
    "CSV", "XLSX", "GeoJSON", "GeoPackage", "Parquet", "Shapefile", "File Geodatabase"
]
FORMATS = (
    "GeoJSON, GeoPackage, GeoParquet, Parquet, Shapefile (also zipped), "
    "File Geodatabase (also zipped), CSV (also .gz) and XLSX"
)

_SUFFIXES: dict[str, Format] = {
    ".csv": "CSV",
    ".txt": "CSV",
    ".tsv": "CSV",
    ".xlsx": "XLSX",
    ".xlsm": "XLSX",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GeoPackage",
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
    ".shp": "Shapefile",
    ".gdb": "File Geodatabase",
}
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"SQLite format 3\x00", "GeoPackage"),
    (b"PAR1", "Parquet"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
)
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "save it as .xlsx"),
    (b"%PDF", "a PDF", "ask for the table itself, as CSV or XLSX"),
    (b"\x89PNG", "a picture", "give a file with rows"),
    (b"\xff\xd8\xff", "a picture", "give a file with rows"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
)
_TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
_SIDECARS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj")


def digest(path: Path) -> str:
    """
    Give the SHA-256 of a source, all files that belong to it included.

    Parameters
    ----------
    path
        A file or a File Geodatabase folder. With a Shapefile its neighbours of the
        same name (``.dbf``, ``.prj`` ...) are digested too.

    Returns
    -------
    str
        Hexadecimal digits.

    Raises
    ------
    SourceUnavailable
        A file cannot be read.
    """
    parts = [path]
    if path.is_dir():
        parts = sorted(part for part in path.rglob("*") if part.is_file())
    elif path.suffix.lower() == ".shp":
        known = {".shp", *_SIDECARS}
        parts = sorted(
            part
            for part in path.parent.glob(f"{path.stem}.*")
            if part.suffix.lower() in known
        )
    total = hashlib.sha256()
    try:
        for part in parts:
            if len(parts) > 1:
                total.update(part.name.encode())
            with part.open("rb") as stream:
                while block := stream.read(1 << 20):
                    total.update(block)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceUnavailable(message) from error
    return total.hexdigest()


def open_source(path: Path, ledger: Ledger, *, layer: str | None = None) -> Raw:
    """
    Give the rows of a file of any format that is read here.

    Parameters
    ----------
    path
        The file, or the folder of a File Geodatabase.
    ledger
        The book for rows that cannot be read.
    layer
        Layer, sheet, or file inside a zip; needed only where there are several.

    Returns
    -------
    Raw
        The rows; ``facts`` holds ``format`` beside what the format adds.

    Raises
    ------
    InputError
        A format that is not read here.
    SourceChanged
        The content is not as needed: no rows, several layers and none named.
    SourceUnavailable
        There is no such file, or it is damaged.
    """
    if not path.exists():
        message = f"there is no file {path}; check the path"
        raise SourceUnavailable(message)
    if path.is_dir():
        return _open_folder(path, ledger, layer)
    head = _head(path)
    if head.startswith(b"\x1f\x8b"):
        data = _unpack_gzip(path)
        return _open_bytes(data, path.name, ledger=ledger, layer=layer)
    if head.startswith(b"PK\x03\x04"):
        return _open_zip(path, ledger, layer)
    return _open_plain(path, _format(head, path.name), ledger=ledger, layer=layer)


def _open_plain(path: Path, found: Format, *, ledger: Ledger, layer: str | None) -> Raw:
    name = path.name
    said = _SUFFIXES.get(path.suffix.lower())
    if said is not None and said != found:
        ledger.notice(f"{name} is named as {said} but holds {found}; read as that")
    if found == "CSV":
        raw = read_csv(_read(path), name, ledger)
    elif found == "Parquet":
        raw = read_parquet(path, name, ledger)
    elif found == "GeoJSON" and said != found:
        # GDAL goes by the name first: give it one that it takes for what it is.
        raw = _read_geojson_bytes(_read(path), name, ledger=ledger, layer=layer)
    else:
        geojson = found == "GeoJSON"
        raw = read_vector(str(path), name, layer=layer, ledger=ledger, geojson=geojson)
    raw.facts = {"format": found, **raw.facts}
    return raw


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceUnavailable(message) from error
    if not head:
        message = f"{path} is empty (0 bytes); give a file with rows"
        raise SourceChanged(message)
    return head


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceUnavailable(message) from error


def _format(head: bytes, name: str) -> Format:
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    _refuse_other(head, name)
    suffix = PurePosixPath(name).suffix.lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")[:400].lower()
    if start.startswith((b"{", b"[")):
        return "GeoJSON"
    if start.startswith(b"<"):
        if b"<osm" in start:
            raise _osm(name)
        message = f"{name} is XML or HTML, which is not read here; allowed: {FORMATS}"
        raise InputError(message)
    if b"\x00" in head and suffix not in _TEXT_SUFFIXES:
        message = f"{name} is of a format that is not read here; allowed: {FORMATS}"
        raise InputError(message)
    if suffix in _SUFFIXES and suffix not in _TEXT_SUFFIXES:
        message = (
            f"{name} is not the {_SUFFIXES[suffix]} file that its name says; "
            "it is damaged, or was saved under a wrong name: export it again"
        )
        raise SourceUnavailable(message)
    return "CSV"


def _refuse_other(head: bytes, name: str) -> None:
    for magic, what, remedy in _REFUSED:
        if head.startswith(magic):
            message = f"{name} is {what}, which is not read here; {remedy}"
            raise InputError(message)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _SIDECARS:
        message = f"{name} is one part of a Shapefile; give the .shp file beside it"
        raise InputError(message)
    if suffix == ".pbf" or b"OSMHeader" in head[:32]:
        raise _osm(name)


def _osm(name: str) -> InputError:
    message = (
        f"{name} is an OpenStreetMap file, which holds several tables; "
        "give it as the OpenStreetMap source (--osm, or read_osm)"
    )
    return InputError(message)


def _unpack_gzip(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as stream:
            return unpack(stream, path.name, path.stat().st_size)
    except SourceUnavailable:
        raise
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path} cannot be unpacked: {error}; it is damaged or cut off"
        raise SourceUnavailable(message) from error


def _open_bytes(data: bytes, name: str, *, ledger: Ledger, layer: str | None) -> Raw:
    """Open what was packed: text and workbooks from memory, shapes through GDAL."""
    inner = name.removesuffix(".gz")
    if not data.strip():
        message = f"{name} is empty; give a file with rows"
        raise SourceChanged(message)
    if data.startswith(b"PK\x03\x04"):
        return _open_workbook(data, name, layer)
    found = _format(data[:4096], inner)
    if found == "CSV":
        raw = read_csv(data, name, ledger)
    elif found == "GeoJSON":
        raw = _read_geojson_bytes(data, name, ledger=ledger, layer=layer)
    else:
        message = f"{name} holds a packed {found} file; unpack it first"
        raise InputError(message)
    raw.facts = {"format": found, **raw.facts}
    return raw


def _open_workbook(data: bytes, name: str, layer: str | None) -> Raw:
    check_workbook(data, name)
    raw = read_xlsx(data, name, layer)
    raw.facts = {"format": "XLSX", **raw.facts}
    return raw


def _read_geojson_bytes(
    data: bytes, name: str, *, ledger: Ledger, layer: str | None
) -> Raw:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "unpacked.geojson"
        unpacked.write_bytes(data)
        return read_vector(
            str(unpacked), name, layer=layer, ledger=ledger, geojson=True
        )


def _open_folder(path: Path, ledger: Ledger, layer: str | None) -> Raw:
    if not any(path.glob("*.gdbtable")):
        message = (
            f"{path} is a folder without the parts of a File Geodatabase; "
            f"give one file; allowed: {FORMATS}"
        )
        raise InputError(message)
    raw = read_vector(str(path), path.name, layer=layer, ledger=ledger)
    raw.facts = {"format": "File Geodatabase", **raw.facts}
    return raw


def _open_zip(path: Path, ledger: Ledger, layer: str | None) -> Raw:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist()]
            locked = any(info.flag_bits & 1 for info in archive.infolist())
            if "[Content_Types].xml" in members:
                return _open_workbook(_read(path), path.name, layer)
            if locked:
                message = f"{path} is locked with a password; unpack it first"
                raise SourceUnavailable(message)
            check_members(archive.infolist(), path.name)
            member = _choose_member(_members(members), layer, path.name)
            if member.lower().endswith((".csv", ".txt", ".tsv", ".xlsx")):
                with archive.open(member) as stream:
                    packed = archive.getinfo(member).compress_size
                    data = unpack(stream, path.name, packed)
                inner = PurePosixPath(member).name
                raw = _open_bytes(data, inner, ledger=ledger, layer=None)
                raw.facts["member"] = member
                return raw
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        message = f"{path} is a damaged zip: {error}; fetch it again"
        raise SourceUnavailable(message) from error
    return _open_member(path, member, ledger=ledger, layer=layer)


def _open_member(path: Path, member: str, *, ledger: Ledger, layer: str | None) -> Raw:
    suffix = PurePosixPath(member).suffix.lower()
    if suffix in {".parquet", ".geoparquet"}:
        message = f"{path.name} holds a packed Parquet file; unpack it first"
        raise InputError(message)
    inner = layer if suffix in {".gpkg", ".gdb"} else None
    raw = read_vector(
        f"/vsizip/{path.resolve().as_posix()}/{member}",
        path.name,
        layer=inner,
        ledger=ledger,
        geojson=suffix in {".geojson", ".json"},
    )
    raw.facts = {"format": _SUFFIXES[suffix], "member": member, **raw.facts}
    return raw


def _members(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name.startswith("__MACOSX/"):
            continue
        parts = PurePosixPath(name).parts
        folder = [i for i, part in enumerate(parts) if part.lower().endswith(".gdb")]
        if folder:
            name = "/".join(parts[: folder[0] + 1])  # noqa: PLW2901 - the folder is the source
        if PurePosixPath(name).suffix.lower() in _SUFFIXES and name not in found:
            found.append(name)
    return found


def _choose_member(members: list[str], layer: str | None, name: str) -> str:
    if not members:
        message = (
            f"{name} is a zip without a file that is read here; allowed: {FORMATS}"
        )
        raise InputError(message)
    if len(members) == 1:
        return members[0]
    fitting = [
        member
        for member in members
        if layer in {member, PurePosixPath(member).name, PurePosixPath(member).stem}
    ]
    if len(fitting) == 1:
        return fitting[0]
    message = f"{name} holds several files: {', '.join(members)}; name one as the layer"
    raise SourceChanged(message)
