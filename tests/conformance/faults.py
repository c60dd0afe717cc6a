"""FAULTS: what can be wrong with a server, a row each, with the checks that have to find it, and no other."""

from .faults_of_answers import ANSWERS
from .faults_of_refusals import REFUSALS
from .faults_of_requests import REQUESTS

FAULTS = (*ANSWERS, *REQUESTS, *REFUSALS)
