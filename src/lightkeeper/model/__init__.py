"""The nouns. One module a table, with the meaning and the unit of every column. This is the only schema."""

from lightkeeper.model.ask import Ask
from lightkeeper.model.cell import Cell
from lightkeeper.model.column import Column, Table
from lightkeeper.model.control import Control
from lightkeeper.model.delivery import Delivery
from lightkeeper.model.document import Document
from lightkeeper.model.event import Event
from lightkeeper.model.file import File
from lightkeeper.model.hypothesis import Hypothesis
from lightkeeper.model.incident import Incident
from lightkeeper.model.measurement import Measurement
from lightkeeper.model.member import Member
from lightkeeper.model.observation import Observation
from lightkeeper.model.signal import Signal
from lightkeeper.model.told import Told
from lightkeeper.model.verdict import Verdict

TABLES: tuple[type[Table], ...] = (
    File,
    Measurement,
    Observation,
    Control,
    Verdict,
    Cell,
    Signal,
    Event,
    Member,
    Told,
    Delivery,
    Document,
    Incident,
    Hypothesis,
    Ask,
)
"""All tables, in the way of the data."""

__all__ = [
    "TABLES",
    "Ask",
    "Cell",
    "Column",
    "Control",
    "Delivery",
    "Document",
    "Event",
    "File",
    "Hypothesis",
    "Incident",
    "Measurement",
    "Member",
    "Observation",
    "Signal",
    "Table",
    "Told",
    "Verdict",
]
