"""The doctor: what is wrong with an instance, each finding with its remedy. It looks, and changes nothing.

A check is a function from what there is to what it found. Those of `settings`, `files` and `machine` need no database;
the others read rows. Which there are, and in what order they are told, is one list in `examination`.
"""

from reports.doctor.examination import CHECKS, Answer, examine
from reports.doctor.finding import Broker, Finding, Severity, Subject
from reports.doctor.machine import Machine, look_around

__all__ = [
    "CHECKS",
    "Answer",
    "Broker",
    "Finding",
    "Machine",
    "Severity",
    "Subject",
    "examine",
    "look_around",
]
