"""Signatures of Amazon's, against those of botocore."""

import importlib
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.exchange import HttpRequest
from onevec.signing import AwsKeys, sign

NOW = datetime(2026, 11, 20, 23, 30, 1, tzinfo=UTC)
KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", region="eu-west-3")

URLS = [
    "https://bedrock-runtime.eu-west-3.amazonaws.com/model/amazon.titan-embed-text-v2%3A0/invoke",
    "https://bedrock-runtime.eu-west-3.amazonaws.com/model/arn%3Aaws%3Abedrock%3A%3A1%3Aprofile%2Fx%20y/invoke",
    "http://127.0.0.1:8080/endpoints/mine/invocations?b=2&a=1%202&c=",
    "https://h.example",
]


def signed_by_botocore(witness, request, keys, service):
    made = witness("botocore.awsrequest").AWSRequest(
        method=request.method, url=request.url, headers=dict(request.headers), data=request.body
    )
    credentials = witness("botocore.credentials").Credentials(keys.access_key, keys.secret_key, keys.session_token)
    with time_machine.travel(NOW, tick=False):
        witness("botocore.auth").SigV4Auth(credentials, service, keys.region).add_auth(made)
    return made.headers


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_we_sign_as_botocore_does(witness, url, token):
    keys = AwsKeys(KEYS.access_key, KEYS.secret_key, token, KEYS.region)
    request = HttpRequest("POST", url, {"content-type": "application/json"}, b'{"inputText": "\xc3\xa9"}')
    theirs = signed_by_botocore(witness, request, keys, "bedrock")
    ours = sign(request, keys, "bedrock", NOW).headers
    assert ours["authorization"] == theirs["Authorization"]
    assert ours["x-amz-date"] == theirs["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.get("X-Amz-Security-Token") == token


@settings(max_examples=40)
@given(body=st.binary(max_size=40), model=st.text(min_size=1, max_size=10))
def test_any_body_and_model(body, model):
    pytest.importorskip("botocore")
    path = quote(model.encode("utf-8", "replace"), safe="")
    request = HttpRequest("POST", f"https://h.example/model/{path}/invoke", {"content-type": "a/b"}, body)
    theirs = signed_by_botocore(importlib.import_module, request, KEYS, "sagemaker")
    assert sign(request, KEYS, "sagemaker", NOW).headers["authorization"] == theirs["Authorization"]


def test_what_is_sent_is_not_changed_otherwise():
    request = HttpRequest("POST", URLS[0], {"content-type": "a/b", "x-mine": "1"}, b"x")
    signed = sign(request, KEYS, "bedrock", NOW)
    assert (signed.method, signed.url, signed.body) == (request.method, request.url, request.body)
    assert signed.headers["x-mine"] == "1"
    assert request.headers == {"content-type": "a/b", "x-mine": "1"}
    assert KEYS.secret_key not in str(signed.headers)


def test_another_time_is_another_signature():
    request = HttpRequest("POST", URLS[0], {})
    made = [sign(request, KEYS, "bedrock", NOW.replace(second=second)).headers for second in (1, 2)]
    assert made[0]["authorization"] != made[1]["authorization"]
    assert re.fullmatch(r"20261120T23300[12]Z", made[0]["x-amz-date"])


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("bedrock-runtime.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("runtime.sagemaker.ap-southeast-2.amazonaws.com", "ap-southeast-2"),
        ("vpce-1-x.bedrock-runtime.cn-north-1.vpce.amazonaws.com.cn", "cn-north-1"),
        ("127.0.0.1", "eu-west-3"),
        ("my-gateway.example.com", "eu-west-3"),
    ],
)
def test_the_region_is_the_hosts(host, region):
    assert KEYS.of_region(host).region == region


def test_keys_are_never_shown():
    assert repr(AwsKeys("id-1", "secret-2", "token-3")) == "AwsKeys(region='us-east-1')"
