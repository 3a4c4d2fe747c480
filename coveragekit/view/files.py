"""Write and open the arrays of a view store, one file each."""

from __future__ import annotations

import hashlib
import json
import mmap
import sys
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from coveragekit.errors import InputError, StudyError
from coveragekit.view.arrays import Ragged, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CITY", "FORMAT", "META", "Writer", "let_go", "open_array", "open_table"]

# Raised whenever the arrays mean something else than before.
FORMAT: Final = 3
CITY: Final = "view/city"
META: Final = "city.json"
NESTED: Final = {"Texts": Texts, "Ragged": Ragged}

Table = TypeVar("Table")


class Writer:
    """
    Write a view store, table by table.

    Parameters
    ----------
    folder
        A new folder for the arrays.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._arrays: dict[str, dict[str, Any]] = {}
        self._digest = hashlib.blake2b(digest_size=8)

    def add(self, name: str, table: object) -> None:
        """
        Write one table.

        Parameters
        ----------
        name
            What it is called in the store, such as ``cameras``.
        table
            One of the classes of ``coveragekit.view``.

        Raises
        ------
        InputError
            Columns of different lengths.
        """
        _check_lengths(name, table)
        for key, array in _flat(name, table):
            self.add_array(key, array)

    def add_array(self, key: str, array: NDArray[Any]) -> None:
        """
        Write one array.

        Parameters
        ----------
        key
            What it is called in the store.
        array
            The array.
        """
        whole = np.ascontiguousarray(array)
        path = self._folder / f"{key}.npy"
        np.save(path, whole, allow_pickle=False)
        self._digest.update(key.encode())
        self._digest.update(whole.reshape(-1).view(np.uint8).data)
        self._arrays[key] = {
            "dtype": whole.dtype.str,
            "shape": list(whole.shape),
            "bytes": path.stat().st_size,
        }

    def close(self, meta: Mapping[str, Any]) -> None:
        """
        Write what the arrays mean; a store without this is none.

        Parameters
        ----------
        meta
            What the store's ``meta`` is to hold, as anything JSON can hold.
        """
        text = json.dumps(dict(meta), indent=1, ensure_ascii=False)
        self._digest.update(text.encode())
        whole = {
            "format": FORMAT,
            "build_id": self._digest.hexdigest(),
            **meta,
            "arrays": self._arrays,
        }
        written = json.dumps(whole, indent=1, ensure_ascii=False)
        (self._folder / META).write_text(written + "\n", "utf-8")


def _flat(name: str, table: object) -> Iterator[tuple[str, NDArray[Any]]]:
    for one in fields(table):  # type: ignore[arg-type]
        value, key = getattr(table, one.name), f"{name}.{one.name}"
        if is_dataclass(value):
            yield from _flat(key, value)
        else:
            yield key, np.asarray(value).astype(one.metadata["dtype"], copy=False)


def _check_lengths(name: str, table: Any) -> None:  # noqa: ANN401
    for one in fields(table):
        rows = len(getattr(table, one.name))
        if one.metadata.get("rows") != "free" and rows != len(table):
            message = (
                f"{name}.{one.name} has {rows} rows; allowed: {len(table)}, as the "
                "table has"
            )
            raise InputError(message)


def open_table(
    folder: Path, kind: type[Table], name: str, *, arrays: Mapping[str, Any]
) -> Table:
    """
    Open a table of a view store, its arrays mapped into memory and read-only.

    Parameters
    ----------
    folder
        The folder of the arrays.
    kind
        The table's class.
    name
        What it is called in the store.
    arrays
        Dtype and shape of each array, as :class:`Writer` notes them.

    Returns
    -------
    object
        The table.

    Raises
    ------
    StudyError
        An array is missing, or is not what was written.
    """
    columns: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        key = f"{name}.{one.name}"
        nested = NESTED.get(str(one.type))
        columns[one.name] = (
            open_array(folder, key, arrays)
            if nested is None
            else open_table(folder, nested, key, arrays=arrays)
        )
    return kind(**columns)


def open_array(folder: Path, key: str, arrays: Mapping[str, Any]) -> NDArray[Any]:
    """
    Open an array of a view store, mapped into memory and read-only.

    Parameters
    ----------
    folder
        The folder of the arrays.
    key
        What it is called in the store.
    arrays
        Dtype and shape of each array, as :class:`Writer` notes them.

    Returns
    -------
    numpy.ndarray
        The array.

    Raises
    ------
    StudyError
        It is missing, or is not what was written.
    """
    path = folder / f"{key}.npy"
    noted = arrays.get(key)
    try:
        if noted is None or path.stat().st_size != noted["bytes"]:
            raise _damaged(path)
        if 0 in noted["shape"]:
            array = np.empty(noted["shape"], noted["dtype"])
            array.flags.writeable = False
            return array
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        if isinstance(error, StudyError):
            raise
        raise _damaged(path) from error
    if list(array.shape) != noted["shape"] or array.dtype.str != noted["dtype"]:
        raise _damaged(path)
    return np.asarray(array)


def let_go(value: object) -> None:
    """
    Give the memory of mapped arrays back to the system, which reads them again.

    Parameters
    ----------
    value
        An array, or a table or a mapping of arrays; those that are not mapped stay.

    Notes
    -----
    The pages stay in the system's cache, once for all who have the file open, so that
    the next look costs some microseconds; they no longer count as this process's. Does
    nothing where the system does not know how (Linux does).
    """
    if is_dataclass(value):
        for one in fields(value):
            let_go(getattr(value, one.name))
    elif isinstance(value, dict):
        for one in value.values():
            let_go(one)
    base = value
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and sys.platform == "linux":
        base.madvise(mmap.MADV_DONTNEED)


def _damaged(path: Path) -> StudyError:
    if not path.parent.exists():  # two builds later the folder is cleared away
        message = (
            f"the results {path.parent} are gone, because the study was built anew; "
            "open it, or load the page, again"
        )
        return StudyError(message)
    return StudyError(
        f"{path} is missing or damaged; build the study again: coveragekit build"
    )
