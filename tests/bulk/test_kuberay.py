"""docs/kuberay.yaml, which no cluster has seen: its fields are KubeRay's and Kubernetes', its command is ours.

The tables below have the fields, as JSON names them, of `RayJobSpec`, `RayClusterSpec`, `HeadGroupSpec` and
`WorkerGroupSpec` in github.com/ray-project/kuberay, ray-operator/apis/ray/v1/rayjob_types.go (commit 0057210) and
raycluster_types.go (commit 026f143), API version ray.io/v1.
"""

import shlex
from pathlib import Path

import pytest

from onevec.bulk import Options
from onevec.bulk.outputs import find_output
from onevec.cli.run import command

MANIFEST = Path(__file__).parents[2] / "docs" / "kuberay.yaml"

JOB = {
    "activeDeadlineSeconds": int,
    "backoffLimit": int,
    "rayClusterSpec": dict,
    "submitterPodTemplate": dict,
    "metadata": dict,
    "clusterSelector": dict,
    "submitterConfig": dict,
    "managedBy": str,
    "deletionStrategy": dict,
    "entrypoint": str,
    "runtimeEnvYAML": str,
    "jobId": str,
    "submissionMode": str,
    "entrypointResources": str,
    "entrypointNumCpus": float,
    "entrypointNumGpus": float,
    "ttlSecondsAfterFinished": int,
    "shutdownAfterJobFinishes": bool,
    "suspend": bool,
}

CLUSTER = {
    "headGroupSpec": dict,
    "workerGroupSpecs": list,
    "rayVersion": str,
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": dict,
    "headServiceAnnotations": dict,
    "suspend": bool,
}

HEAD = {
    "serviceType": str,
    "headService": dict,
    "enableIngress": bool,
    "rayStartParams": dict,
    "template": dict,
}

WORKERS = {
    "groupName": str,
    "replicas": int,
    "minReplicas": int,
    "maxReplicas": int,
    "numOfHosts": int,
    "rayStartParams": dict,
    "template": dict,
    "scaleStrategy": dict,
}

REQUIRED = {"rayStartParams", "template"}
"""Of a group; a job has a cluster, and a cluster has a head."""


@pytest.fixture(scope="module")
def documents(witness):
    return [*witness("yaml").safe_load_all(MANIFEST.read_text())]


@pytest.fixture(scope="module")
def job(documents):
    (found,) = (one for one in documents if one["kind"] == "RayJob")
    return found


def groups(job):
    """(allowed fields, group) of each."""
    cluster = job["spec"]["rayClusterSpec"]
    return [(HEAD, cluster["headGroupSpec"]), *((WORKERS, one) for one in cluster["workerGroupSpecs"])]


def check(fields, found):
    for name, value in found.items():
        assert name in fields, f"no such field: {name}"
        assert type(value) is fields[name], f"{name} is a {type(value).__name__}"


def test_every_field_is_one_of_kuberays(job):
    assert job["apiVersion"] == "ray.io/v1"
    assert {*job} == {"apiVersion", "kind", "metadata", "spec"}
    check(JOB, job["spec"])
    check(CLUSTER, job["spec"]["rayClusterSpec"])
    for fields, group in groups(job):
        check(fields, group)
        assert {*group} >= REQUIRED
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())


@pytest.mark.parametrize("wrong", [{"entryPoint": "onevec"}, {"backoffLimit": "2"}])
def test_a_wrong_field_would_be_noticed(job, wrong):
    with pytest.raises(AssertionError, match=next(iter(wrong))):
        check(JOB, job["spec"] | wrong)


def test_pods_and_claims_are_kubernetes_own(witness, documents, job):
    validate = witness("kubernetes_validate").validate
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"}, **group["template"]}
        for _, group in groups(job)
    ]
    for one in [*pods, *(one for one in documents if one is not job)]:
        validate(one, "1.30", strict=True)
    pods[0]["spec"]["containers"][0]["volumeMount"] = []
    with pytest.raises(Exception, match="volumeMount"):
        validate(pods[0], "1.30", strict=True)


def test_what_is_mounted_is_there(documents, job):
    (claim,) = (one["metadata"]["name"] for one in documents if one["kind"] == "PersistentVolumeClaim")
    head = job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    assert [one["persistentVolumeClaim"]["claimName"] for one in head["volumes"]] == [claim]
    (mount,) = head["containers"][0]["volumeMounts"]
    assert mount["name"] == head["volumes"][0]["name"]
    assert asked(job)["to"].startswith(f"{mount['mountPath']}/")


def asked(job):
    """What the entrypoint asks of our own command."""
    program, name, *words = shlex.split(job["spec"]["entrypoint"])
    assert (program, name) == ("onevec", "run")
    return command.make_context("run", words).params


def test_the_command_is_one_of_ours_and_uses_every_processor(job):
    given = asked(job)
    named = {name: given[name] for name in ("to", "model", "column", "engine", "address", "workers", "cpus")}
    options = Options(input=given["source"], **named)
    assert (options.engine, options.address) == ("ray", "auto")
    assert find_output(options.to).is_file
    (workers,) = job["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    (container,) = workers["template"]["spec"]["containers"]
    assert options.workers * options.cpus == workers["replicas"] * int(container["resources"]["limits"]["cpu"])
    assert job["spec"]["rayClusterSpec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
