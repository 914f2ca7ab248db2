#!/usr/bin/env python3
"""Computes all KPIs of Safelight anew, from the exported journal, and compares them with what Safelight says.

    safelight journal export > journal.jsonl
    safelight kpi --period 2025-Q3 --json > kpi.json
    python3 scripts/kpi.py --journal journal.jsonl --checks .safelight/safelight.db kpi.json

It shares no code with Safelight: docs/kpi.md is its specification. The quality of images is no part of the journal; it is computed
from the single checks of the database, never from Safelight's sums. Needs Python 3.9 and its standard library alone. Exit code 0: all
figures are equal; 1: some are not, each is named; 2: an input cannot be read.
"""

import argparse
import collections
import datetime
import json
import math
import sqlite3
import sys

SECOND = 10**9  # times are whole nanoseconds since 1970
DAY = 86400 * SECOND
LINES = ["contained", "published", "rca", "actions", "lessons"]
DOMAINS = ["model", "data", "operations"]
BUDGET = 0b111111  # limits that a check may be over; the next bit is metadata


def moment(text):
    """Reads a time of RFC 3339 in UTC, to the nanosecond; None for none and for Go's zero time."""
    if not text or text.startswith("0001-"):
        return None
    whole, _, rest = text.rstrip("Z").partition(".")
    at = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * SECOND + int((rest + "0" * 9)[:9] if rest else 0)


def day_of(text):
    at = datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * SECOND


class Clock:
    """A deadline that may stand still."""

    def __init__(self, start, due, paused=0, paused_until=None):
        self.start, self.due, self.paused, self.paused_until = start, due, paused, paused_until
        self.stopped, self.breached = None, False

    def pause(self, at, until):
        self.paused += until - at
        self.due += until - at
        self.paused_until = until

    def resume(self, at):
        if self.stopped is None and self.paused_until is not None and at < self.paused_until:
            left = self.paused_until - at
            self.paused -= left
            self.due -= left
            self.paused_until = at

    def stop(self, at):
        if self.stopped is None:
            self.resume(at)
            self.stopped = at


class Incident:
    """What the figures need of one incident, event by event."""

    def __init__(self, stream):
        self.id = stream
        self.detected = self.ack = self.resolved = self.published = self.closed = self.first_contained = self.first_bad = None
        self.severity, self.policy, self.routes, self.waived = "", {}, [], {}
        self.clocks, self.removed, self.mitigations = {}, [], {}
        self.causes, self.tests = {}, 0
        self.prevention = []  # (time, type, data)

    def take(self, at, kind, data):
        if kind.startswith("prevention."):
            self.prevention.append((at, kind, data))
            self.tests += kind == "prevention.test-accepted"
        elif kind == "postmortem.cause-set":
            self.causes[data["id"]] = data
        elif kind == "postmortem.cause-removed":
            self.causes.pop(data["id"], None)
        elif kind.startswith("incident."):
            self.live(at, kind[len("incident."):], data)

    def live(self, at, kind, data):
        if kind == "opened":
            self.detected, self.severity, self.policy = at, data["severity"], data["policy"]
            self.routes = data.get("routes") or []
            self.start_clocks()
        elif kind == "acknowledged":
            self.ack = at
        elif kind == "resolved":
            self.resolved = at
        elif kind == "reopened":
            self.resolved = None
        elif kind == "published":
            self.published = at
            if "publish" in self.clocks:
                self.clocks["publish"].stop(at)
        elif kind == "closed":
            self.closed, self.waived = at, data.get("waived") or {}
        elif kind == "severity-changed":
            self.severity, self.policy = data["to"], data["policy"]
            self.start_clocks()
        elif kind == "leak-found":
            self.start_clocks()
        elif kind == "impact-filed":
            self.first_bad = moment(data.get("firstBad"))
        elif kind == "quarantined":
            self.contain(at)
        elif kind == "clock-breached" and data["clock"] in self.clocks:
            self.clocks[data["clock"]].breached = True
        elif kind == "clock-paused" and data["clock"] in self.clocks:
            self.clocks[data["clock"]].pause(at, moment(data["until"]))
        elif kind == "clock-resumed" and data["clock"] in self.clocks:
            self.clocks[data["clock"]].resume(at)
        elif kind == "mitigation-requested":
            self.mitigations[data["id"]] = {"what": data, "force": False}
        elif kind == "mitigation-proven":
            self.mitigations[data["id"]].update(force=True)
            if self.stopped():
                self.contain(at)
        elif kind == "mitigation-outgrown":
            self.mitigations[data["id"]]["what"]["images"]["whole"] = False
        elif kind == "undo-requested":
            self.mitigations[data["id"]]["force"] = False

    def stopped(self):
        """Whether what is in force stops the harm: a roll back of all, or every route disabled."""
        force = [m["what"] for m in self.mitigations.values() if m["force"]]
        disabled = {w.get("route") for w in force if w["kind"] == "disable-route"}
        whole = any((w.get("images") or {}).get("whole") for w in force)
        return whole or bool(disabled) and disabled.issuperset(self.routes)

    def start_clocks(self):
        for name in ("contain", "publish"):
            self.start_clock(name, self.policy.get(name, 0))
        if self.published is not None and "publish" in self.clocks:
            self.clocks["publish"].stop(self.published)
        self.settle()

    def start_clock(self, name, lasting):
        old = self.clocks.get(name)
        if old is not None and (old.stopped is not None or old.breached and lasting == 0):
            return
        if old is not None and lasting == 0:
            self.removed.append((name, old))
            del self.clocks[name]
        elif old is not None:
            if old.due != self.detected + lasting + old.paused:
                self.clocks[name] = Clock(self.detected, self.detected + lasting + old.paused, old.paused, old.paused_until)
        elif lasting > 0:
            new = Clock(self.detected, self.detected + lasting)
            for was, clock in self.removed:
                if was == name:
                    new = Clock(self.detected, self.detected + lasting + clock.paused, clock.paused, clock.paused_until)
            self.clocks[name] = new

    def contain(self, at):
        """The harm has stopped; what counts is the first time."""
        if self.first_contained is None:
            self.first_contained = at
        self.settle()

    def settle(self):
        if self.first_contained is not None and "contain" in self.clocks:
            self.clocks["contain"].stop(self.first_contained)

    def contained(self):
        return self.resolved if self.first_contained is None else self.first_contained

    def points(self):
        return {
            "firstBad": self.first_bad, "detect": self.detected, "contain": self.contained(), "resolve": self.resolved, "publish": self.published,
            "ack": self.resolved if self.ack is None else self.ack,
        }

    def publishes(self):
        return self.published is not None or "publish" in self.clocks

    def direct(self):
        """The direct causes as (what two statements of one have in common, domain), each once."""
        found = {}
        for c in self.causes.values():
            if c["kind"] == "direct":
                said = c.get("say")
                same = said["key"] if said else " ".join(c["text"].split()).lower().rstrip(".!")
                found.setdefault(same, c["domain"])
        return found

    def actions(self, until):
        """The actions as they stood before a moment; None is as they stand."""
        found = {}
        for at, kind, data in self.prevention:
            if until is not None and at >= until:
                continue
            if kind == "prevention.action-added":
                found[data["id"]] = {"added": at, "closed": None, "due": data["due"]}
            elif kind == "prevention.action-closed":
                found[data["id"]]["closed"] = at
            elif kind == "prevention.action-reopened":
                found[data["id"]]["closed"] = None
            elif kind == "prevention.action-changed":
                found[data["id"]]["due"] = data["due"]
        return found


def quantile(spans, q):
    """Kaplan and Meier: the first time at which at most 1-q go on, and whether it is only a lower bound. Spans are (time, ended)."""
    ended = collections.Counter(t for t, done in spans if done)
    going = 1.0
    for t in sorted({t for t, _ in spans}):
        risk = sum(1 for s, _ in spans if s >= t)
        going *= (risk - ended[t]) / risk
        if going <= 1 - q + 1e-9:
            return t / SECOND, False
    return max(t for t, _ in spans) / SECOND, True


def times(spans, **more):
    f = {"n": len(spans), "open": sum(1 for _, done in spans if not done)}
    f.update(more)
    if spans:
        f["value"], f["atLeast"] = quantile(spans, 0.5)
        f["p90"], f["p90AtLeast"] = quantile(spans, 0.9)
    return f


def span(start, end, now):
    return (max((now if end is None else end) - start, 0), end is not None)


def share(met, n, open_):
    f = {"n": n, "open": open_}
    if n > open_:
        f["value"] = met / (n - open_)
    return f


def inside(period, at):
    return (period["from"] is None or at >= period["from"]) and (period["until"] is None or at < period["until"])


def figures(incidents, checks, caught, period, severities, now):
    """All figures of a period, by (key, of)."""
    end = period["until"]
    stock = now if end is None or end > now else end
    known = [i for i in incidents if (not severities or i.severity in severities) and (end is None or i.detected < end)]
    cohort = [i for i in known if inside(period, i.detected)]
    out = {("incidents", ""): {"value": len(cohort), "n": len(cohort), "open": sum(i.closed is None for i in cohort)}}

    for key, start, to in [
        ("firstBadToDetect", "firstBad", "detect"), ("detectToAck", "detect", "ack"), ("ackToContain", "ack", "contain"),
        ("containToResolve", "contain", "resolve"), ("resolveToPublish", "resolve", "publish"), ("detectToContain", "detect", "contain"),
        ("detectToResolve", "detect", "resolve"), ("detectToPublish", "detect", "publish"),
    ]:
        members = [i.points() for i in cohort if to != "publish" or i.publishes()]
        begun = [p for p in members if p[start] is not None]
        out[key, ""] = times([span(p[start], p[to], now) for p in begun], missing=len(members) - len(begun))

    for key, to, lasting in [("containedIn30Min", "contain", 1800), ("publishedIn48H", "publish", 48 * 3600)]:
        met = n = open_ = 0
        for i in cohort:
            if to == "publish" and not i.publishes():
                continue
            due, at = i.detected + lasting * SECOND, i.points()[to]
            n += 1
            met += at is not None and at <= due
            open_ += at is None and now <= due
        out[key, ""] = share(met, n, open_)
    for key, name in [("containedInTime", "contain"), ("publishedInTime", "publish")]:
        clocks = [i.clocks[name] for i in cohort if name in i.clocks]
        met = sum(c.stopped is not None and c.stopped <= c.due for c in clocks)
        out[key, ""] = share(met, len(clocks), sum(c.stopped is None and now <= c.due for c in clocks))

    then = [a for i in known for a in i.actions(end).values()]
    still = [a for a in then if a["closed"] is None]
    late = [a for a in still if stock >= day_of(a["due"]) + DAY]
    out["openActions", ""] = {"value": len(still), "n": len(then), "open": len(still)}
    out["overdueActions", ""] = {"value": len(late), "n": len(still), "open": len(still)}
    ages = [(max(stock - a["added"], 0), True) for a in still]
    out["openActionAge", ""] = dict(times(ages), open=len(still))
    if ages:
        out["openActionAge", ""]["max"] = max(ages)[0] / SECOND
    agreed = [a for i in known for a in i.actions(None).values() if inside(period, a["added"])]
    out["resolveAction", ""] = times([span(a["added"], a["closed"], now) for a in agreed])

    seen, again, unstated = set(), 0, 0
    domains, returned = collections.Counter(), collections.Counter()
    for i in sorted(known, key=lambda i: (i.detected, i.id)):
        causes = i.direct()
        back = {d for c, d in causes.items() if c in seen}
        seen.update(causes)
        if inside(period, i.detected):
            domains.update(set(causes.values()))
            returned.update(back)
            again += bool(back)
            unstated += not causes
    out["recurrence", ""] = share(again, len(cohort), unstated)
    for d in DOMAINS:
        out["recurrenceIn", d] = share(returned[d], domains[d], 0)

    closed = [i for i in cohort if i.closed is not None]
    going = len(cohort) - len(closed)
    true = {line: sum(line not in i.waived for i in closed) for line in LINES}
    out["checklist", ""] = share(sum(true.values()), 5 * len(cohort), 5 * going)
    for line in LINES:
        out["checklistLine", line] = share(true[line], len(cohort), going)
    with_test = sum(i.tests > 0 for i in cohort)
    out["incidentTests", ""] = share(with_test, len(cohort), sum(i.tests == 0 and i.closed is None for i in cohort))

    out["wouldHaveCaught", ""], out["falseAlarms", ""] = {"n": 0, "open": 0, "missing": len(cohort)}, {"n": 0, "open": 0}
    if caught is not None:
        tried = {c["incident"]: bool(c.get("by")) for c in caught["cases"] if c["images"] + c["tables"] > 0}
        outcomes = [tried[i.id] for i in cohort if i.id in tried]
        out["wouldHaveCaught", ""] = dict(share(sum(outcomes), len(outcomes), 0), missing=len(cohort) - len(outcomes))
        out["falseAlarms", ""] = share(caught["alarms"], caught["controls"], 0)

    before = period_before(period)
    for name in sorted({c["pipeline"] for c in checks if inside(period, c["day"])}):
        own = [c for c in checks if c["pipeline"] == name]
        of = [c for c in own if inside(period, c["day"])]
        rate = sum(c["over"] for c in of) / len(of)
        out["budgetViolations", name] = {"value": rate, "n": len(of), "open": 0}
        out["qualityTrend", name] = {"n": len(of), "open": 0}
        was = [c for c in own if inside(before, c["day"])] if before else []
        if was:
            out["qualityTrend", name]["value"] = rate - sum(c["over"] for c in was) / len(was)
        for key, what in [("meanDeltaE", "deltaE"), ("meanSSIM", "ssim")]:
            measured = [c[what] for c in of if c[what] is not None]
            out[key, name] = {"n": len(measured), "open": 0}
            if measured:
                out[key, name]["value"] = math.fsum(measured) / len(measured)
    return out


def first_of_month(at, months=0):
    d = datetime.datetime.fromtimestamp(at // SECOND, datetime.timezone.utc)
    n = d.year * 12 + d.month - 1 + months
    return int(datetime.datetime(n // 12, n % 12 + 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * SECOND


def period_before(period):
    """The period of the same length before: in months, where it is whole ones by its name."""
    if period["from"] is None or period["until"] is None:
        return None
    name = period["name"]
    months = 3 if "-Q" in name.upper() else 1 if len(name) == 7 else 12 if len(name) == 4 else 0
    if months and (first_of_month(period["from"]) != period["from"] or first_of_month(period["from"], months) != period["until"]):
        months = 0  # a month that its period cuts
    start = first_of_month(period["from"], -months) if months else 2 * period["from"] - period["until"]
    return {"from": start, "until": period["from"], "name": ""}


def months_of(period, incidents, checks, now):
    facts = [i.detected for i in incidents] + [c["day"] for c in checks]
    if not facts:
        return []
    end = now if period["until"] is None else min(period["until"], now)
    at, found = first_of_month(max(min(facts), period["from"] or 0)), []
    while at < end:
        until = first_of_month(at, 1)
        name = datetime.datetime.fromtimestamp(at // SECOND, datetime.timezone.utc).strftime("%Y-%m")
        found.append({"name": name, "from": max(at, period["from"] or at), "until": min(until, period["until"] or until)})
        at = until
    return found[-120:]


def read_journal(path):
    """The incidents, and what was measured last of what the guards would have caught."""
    incidents, caught = {}, None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            e = json.loads(line)["entry"]
            if e["stream"].startswith("PM-"):
                i = incidents.setdefault(e["stream"], Incident(e["stream"]))
                i.take(moment(e["occurredAt"]), e["type"], e["data"])
            elif e["type"] == "caught.measured":
                caught = e["data"]
    return [i for i in incidents.values() if i.detected is not None], caught


def read_checks(path):
    if not path:
        return []
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = db.execute("select pipeline, at, over, delta_e_p95, ssim from checks").fetchall()
    db.close()
    return [{"pipeline": p, "day": at * 1000 // DAY * DAY, "over": over & BUDGET != 0, "deltaE": e, "ssim": s} for p, at, over, e, s in rows]


def differences(name, theirs, ours):
    said = {(f["key"], f.get("of", "")): f for f in theirs}
    for key in sorted(said.keys() | ours.keys()):
        a, b = said.get(key), ours.get(key)
        if a is None or b is None:
            yield f"{name} {key}: only {'here' if a is None else 'in Safelight'}"
            continue
        for field in ("value", "p90", "max", "n", "open", "missing", "atLeast", "p90AtLeast"):
            x, y = a.get(field), b.get(field)
            if field in ("missing", "atLeast", "p90AtLeast"):
                x, y = x or 0, y or 0
            if (x is None) != (y is None) or x is not None and not math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9):
                yield f"{name} {key[0]} {key[1]}: {field} is {x} in Safelight, {y} here"


def main():
    args = argparse.ArgumentParser(description="Computes the KPIs anew and compares.")
    args.add_argument("kpi", help="what `safelight kpi --json` has printed")
    args.add_argument("--journal", required=True, help="what `safelight journal export` has printed")
    args.add_argument("--checks", help="the database, for the quality of images")
    args = args.parse_args()
    try:
        with open(args.kpi, encoding="utf-8") as f:
            said = json.load(f)
        (incidents, caught), checks = read_journal(args.journal), read_checks(args.checks)
    except (OSError, ValueError, KeyError, sqlite3.Error) as e:
        print(f"kpi.py: {e}", file=sys.stderr)
        return 2
    now = moment(said["at"])
    period = {"name": said["period"].get("name", ""), "from": moment(said["period"].get("from")), "until": moment(said["period"].get("until"))}
    wrong = list(differences("period", said["figures"], figures(incidents, checks, caught, period, said["severities"], now)))
    months, count = months_of(period, incidents, checks, now), len(said["figures"])
    if [m["name"] for m in months] != [m["name"] for m in said["months"]]:
        wrong.append(f"the months are {[m['name'] for m in said['months']]} in Safelight, {[m['name'] for m in months]} here")
    for month, theirs in zip(months, said["months"]):
        wrong += differences(month["name"], theirs["figures"], figures(incidents, checks, caught, month, said["severities"], now))
        count += len(theirs["figures"])
    for w in wrong:
        print(w)
    print(f"{count} figures of {len(incidents)} incidents and {len(checks)} checks: {f'{len(wrong)} differ' if wrong else 'equal'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
