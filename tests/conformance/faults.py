"""FAULTS: what can be wrong with a server, a row each, with the checks that have to find it, and no other."""

from .faults_bodies import BODIES
from .faults_encodings import ENCODINGS
from .faults_others import OTHERS
from .faults_refusals import REFUSALS
from .faults_requests import REQUESTS

FAULTS = (*BODIES, *ENCODINGS, *REQUESTS, *REFUSALS, *OTHERS)
