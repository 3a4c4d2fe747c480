"""The slow and obvious ways: one minute after the other, by the calendar's clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)

# What each text says, written out by hand.
RECORDS: dict[str | None, Callable[[datetime], bool]] = {
    None: lambda local: True,
    "24/7": lambda local: True,
    "off": lambda local: False,
    "Mo-Fr 08:00-18:00": lambda local: local.weekday() < 5 and 8 <= local.hour < 18,
    "22:00-06:00": lambda local: local.hour >= 22 or local.hour < 6,
    "Sa,Su 00:00-24:00": lambda local: local.weekday() >= 5,
    "Fr 20:00-28:00": lambda local: (
        (local.weekday() == 4 and local.hour >= 20)
        or (local.weekday() == 5 and local.hour < 4)
    ),
}


@dataclass(frozen=True)
class Camera:
    """One camera: how likely it looks, since and until when, and in which hours."""

    probability: float
    active_from: datetime | None
    active_to: datetime | None
    recording_hours: str | None


def hour_of(when: datetime, time_zone: str) -> int:
    """Give the hour of the week on the local clock."""
    local = when.astimezone(ZoneInfo(time_zone))
    return 24 * local.weekday() + local.hour


def minutes(begin: datetime, end: datetime) -> list[datetime]:
    """Give every minute of a span of whole minutes; one moment is itself."""
    count = (end - begin) // MINUTE
    return [begin + number * MINUTE for number in range(count)] or [begin]


def weights(begin: datetime, end: datetime, time_zone: str) -> list[float]:
    """Give the share of a span in each of the 168 hours."""
    if end - begin > WEEK:
        return [1.0 / 168.0] * 168
    counted = [0] * 168
    each = minutes(begin, end)
    for minute in each:
        counted[hour_of(minute, time_zone)] += 1
    return [count / len(each) for count in counted]


def sun_elevation_deg(when: datetime, lon: float, lat: float) -> float:
    """
    Give the height of the sun's centre, without refraction, within about 0.02 degrees.

    By the low-precision formulae of the Astronomical Almanac, page C24: others than
    those of NOAA that astral computes with.
    """
    days = when.timestamp() / 86_400.0 + 2_440_587.5 - 2_451_545.0
    mean = math.radians((357.528 + 0.9856003 * days) % 360.0)
    longitude = math.radians(
        280.460
        + 0.9856474 * days
        + 1.915 * math.sin(mean)
        + 0.020 * math.sin(2.0 * mean)
    )
    tilt = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    sidereal = math.radians((280.46061837 + 360.98564736629 * days + lon) % 360.0)
    angle = sidereal - ascension
    high = math.sin(math.radians(lat)) * math.sin(declination) + math.cos(
        math.radians(lat)
    ) * math.cos(declination) * math.cos(angle)
    return math.degrees(math.asin(high))


def is_dark(when: datetime, lon: float, lat: float) -> bool:
    """Tell whether civil twilight is over."""
    return sun_elevation_deg(when, lon, lat) < -6.0


@dataclass(frozen=True)
class Spot:
    """Where events were: its clock, and how much of a minute there is dark."""

    time_zone: str
    dark: dict[datetime, float]


def seen_then(
    span: tuple[datetime, datetime],
    sees: dict[str, list[list[bool]]],
    places: list[float],
    cameras: list[Camera],
    spot: Spot,
) -> float:
    """
    Give how surely an event was seen: the mean over its minutes and places.

    ``sees`` says under ``day`` and ``night`` for each place which cameras see it,
    ``places`` how likely the event was at each.
    """
    each = minutes(*span)
    total = 0.0
    for minute in each:
        dark = spot.dark[minute]
        local = minute.astimezone(ZoneInfo(spot.time_zone))
        there = [
            (camera.active_from is None or camera.active_from <= minute)
            and (camera.active_to is None or minute < camera.active_to)
            and RECORDS[camera.recording_hours](local)
            for camera in cameras
        ]
        for light, share in (("day", 1.0 - dark), ("night", dark)):
            for place, weight in enumerate(places):
                miss = 1.0
                for number, camera in enumerate(cameras):
                    if there[number] and sees[light][place][number]:
                        miss *= 1.0 - camera.probability
                total += share * weight * (1.0 - miss)
    return total / len(each)
