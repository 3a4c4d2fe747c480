"""Which streets are public and which calls are set apart, by rules kept as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["call_set_apart", "counted_calls", "is_public_street"]


@cache
def _read(name: str) -> dict[str, Any]:
    path = files("coveragekit.model").joinpath(f"data/{name}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def is_public_street(highway: pd.Series[str]) -> pd.Series[bool]:
    """
    Tell for each street class whether the share of street length is of it.

    Parameters
    ----------
    highway
        Classes, as OpenStreetMap's ``highway`` tag.

    Returns
    -------
    pandas.Series of bool
        On the index of ``highway``, named ``public``.

    Examples
    --------
    >>> import pandas as pd
    >>> is_public_street(pd.Series(["residential", "footway"])).tolist()
    [True, False]
    """
    return highway.isin(_read("streets")["public"]).rename("public")


def call_set_apart(calls: pd.DataFrame) -> pd.Series[str]:
    """
    Give for each call the reason why it is set apart from shares, if there is one.

    Parameters
    ----------
    calls
        The table ``calls``.

    Returns
    -------
    pandas.Series of str
        On the index of ``calls``, named ``set_apart``: ``cancelled``, ``duplicate``,
        ``officer-initiated``, or missing for a call that counts.

    Examples
    --------
    >>> import pandas as pd
    >>> call = pd.DataFrame({"origin": ["ONVIEW"], "disposition": ["ASSISTANCE"],
    ...     "call_type": ["PREMISE CHECK"]})
    >>> call_set_apart(call).tolist()
    ['officer-initiated']
    """
    import pandas as pd

    reasons = pd.Series(None, index=calls.index, dtype="str", name="set_apart")
    for rule in _read("calls")["rules"]:
        text = calls[rule["column"]].astype("str")
        found = text.str.contains(rule["pattern"], case=False, regex=True, na=False)
        reasons = reasons.mask((found & reasons.isna()).to_numpy(), rule["reason"])
    return reasons


def counted_calls(calls: pd.DataFrame) -> pd.Series[bool]:
    """
    Tell for each call whether it counts in shares.

    Parameters
    ----------
    calls
        The table ``calls``.

    Returns
    -------
    pandas.Series of bool
        On the index of ``calls``, named ``counted``: neither cancelled, nor a
        duplicate, nor begun by an officer.

    Examples
    --------
    >>> import pandas as pd
    >>> call = pd.DataFrame({"origin": ["911"], "disposition": ["REPORT WRITTEN"],
    ...     "call_type": ["ASSAULT"]})
    >>> counted_calls(call).tolist()
    [True]
    """
    return call_set_apart(calls).isna().rename("counted")
