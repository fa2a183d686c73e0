#!/usr/bin/env python3
"""What the tests of containers take out of docs/containers.md.

    files PAGE DIR          writes the files that the page prints below DIR
    commands PAGE HEADING   prints the shell commands below that heading
    bundle CONTEXT BUNDLE   makes an OCI bundle as an engine would make it of
                            CONTEXT/Containerfile
      --pod MANIFEST        ... with the rights and volumes of that pod
      --env NAME=VALUE      one more variable
      --entrypoint JSON     in the place of ENTRYPOINT and CMD
      --pids FILE           in that pid namespace, not in one of its own
      --rootless            for a runtime that is run by an ordinary user
    ask MANIFEST PATH       a value of the container, its keys joined by dots;
                            a command comes with a NUL behind each word
    judge MANIFEST CONF     what does not fit in manifest and configuration

A printed file is a fenced block with its name in a comment on the first line.
Every other block is of the language sh: commands.
"""

import argparse
import configparser
import json
import os
import re
import shutil
import sys

PROFILE = "/usr/share/containers/seccomp.json"
# What engines leave root of a container.
CAPABILITIES = [f"CAP_{name}" for name in (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE "
    "SETFCAP SETGID SETPCAP SETUID SYS_CHROOT").split()]
INSTRUCTIONS = {"FROM", "COPY", "ENTRYPOINT", "CMD", "USER", "ENV"}


def fail(text):
    sys.exit(f"oci.py: {text}")


def blocks(page):
    """(heading, language, text) of each fenced block."""
    heading, inside = "", None
    with open(page, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if inside is not None:
                if line.startswith("```"):
                    yield heading, language, "".join(inside)
                    inside = None
                else:
                    inside.append(line)
            elif line.startswith("```"):
                language, inside = line[3:].strip(), []
                if not language:
                    fail(f"{page}:{number}: a block without a language")
            elif line.startswith("#"):
                heading = line.lstrip("#").strip()
    if inside is not None:
        fail(f"{page}: the last block has no end")


def write_files(page, folder):
    for _, language, text in blocks(page):
        if language == "sh":
            continue
        name = re.match(r"# ([\w.-]+(?:/[\w.-]+)+)\n", text)
        if not name:
            fail(f"{page}: a block of {language} without the file's name: "
                 f"{text.splitlines()[:1]}")
        path = os.path.join(folder, name.group(1))
        if os.path.exists(path):
            fail(f"{page} prints {name.group(1)} twice")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def commands(page, heading):
    found = [text for at, language, text in blocks(page)
             if language == "sh" and at == heading]
    if not found:
        fail(f"{page} has no commands below '{heading}'")
    print("".join(found), end="")


def words(rest, number):
    """The JSON form of ENTRYPOINT and CMD; the other one needs a shell."""
    try:
        value = json.loads(rest)
    except ValueError:
        value = None
    if not isinstance(value, list) or \
            not all(isinstance(word, str) for word in value):
        fail(f"Containerfile:{number}: no list in JSON: {rest}")
    return value


def copy(context, rootfs, rest, number):
    *sources, target = rest.split()
    if not sources or any(word.startswith("--") for word in sources):
        fail(f"Containerfile:{number}: cannot COPY {rest}")
    into = os.path.join(rootfs, target.lstrip("/"))
    if len(sources) > 1 and not target.endswith("/"):
        fail(f"Containerfile:{number}: {target} has to end with a slash")
    for source in sources:
        path = os.path.join(context, source)
        if not os.path.exists(path):
            fail(f"Containerfile:{number}: there is no {path}")
        if os.path.isdir(path):
            shutil.copytree(path, into, dirs_exist_ok=True)
        else:
            os.makedirs(into if target.endswith("/")
                        else os.path.dirname(into), exist_ok=True)
            shutil.copy(path, into)


def build(context, rootfs):
    """Carries the Containerfile out; what it says of the process."""
    image = {"ENTRYPOINT": [], "CMD": [], "USER": "0:0", "env": [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}
    with open(os.path.join(context, "Containerfile"), encoding="utf-8") as f:
        lines = [(n, line.strip()) for n, line in enumerate(f, 1)
                 if line.strip() and not line.startswith("#")]
    if not lines or lines[0][1] != "FROM scratch":
        fail("Containerfile: does not begin with FROM scratch")
    for number, line in lines[1:]:
        name, _, rest = line.partition(" ")
        if name not in INSTRUCTIONS - {"FROM"}:
            fail(f"Containerfile:{number}: {name} is not known here")
        if name == "COPY":
            copy(context, rootfs, rest, number)
        elif name == "ENV":
            image["env"].append(rest)
        elif name == "USER":
            image["USER"] = rest
        else:
            image[name] = words(rest, number)
    return image


def mount(target, kind, *options, source=None):
    return {"destination": target, "type": kind, "source": source or kind,
            "options": ["nosuid", *options]}


def seccomp(capabilities):
    """The profile that engines have by default, in the runtime's words."""
    with open(PROFILE, encoding="utf-8") as f:
        profile = json.load(f)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule["includes"], rule["excludes"]
        if machine not in includes.get("arches", [machine]) or \
                machine in excludes.get("arches", []) or \
                set(includes.get("caps", [])) - set(capabilities) or \
                set(excludes.get("caps", [])) & set(capabilities):
            continue
        new = {"names": rule["names"], "action": rule["action"]}
        if rule.get("args"):
            new["args"] = rule["args"]
        if "errnoRet" in rule:
            new["errnoRet"] = rule["errnoRet"]
        rules.append(new)
    return {"defaultAction": profile["defaultAction"],
            "defaultErrnoRet": profile["defaultErrnoRet"],
            "architectures": {"amd64": ["SCMP_ARCH_X86_64"],
                              "arm64": ["SCMP_ARCH_AARCH64"]}[machine],
            "syscalls": rules}


def spec(image, options):
    """The configuration of the runtime as engines write it."""
    uid, _, gid = image["USER"].partition(":")
    kept = CAPABILITIES if uid == "0" else []
    kinds = ["mount", "ipc", "uts", "network"]
    devpts = ["noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    linux = {"maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys",
                             "/proc/timer_list", "/sys/firmware"],
             "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq",
                               "/proc/sys"],
             "namespaces": [{"type": kind} for kind in kinds]}
    pids = {"type": "pid"}
    if options.pids:
        pids["path"] = options.pids
    linux["namespaces"].append(pids)
    if options.rootless:
        linux["namespaces"].append({"type": "user"})
        linux["uidMappings"] = [{"containerID": 0, "hostID": os.getuid(),
                                 "size": 1}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": os.getgid(),
                                 "size": 1}]
    else:
        devpts.append("gid=5")
    if os.path.exists(PROFILE):
        linux["seccomp"] = seccomp(kept)
    mounts = [
        mount("/proc", "proc", "noexec", "nodev"),
        mount("/dev", "tmpfs", "strictatime", "mode=755", "size=65536k"),
        mount("/dev/pts", "devpts", *devpts),
        mount("/dev/shm", "tmpfs", "noexec", "nodev", "mode=1777"),
        mount("/sys", "sysfs", "noexec", "nodev", "ro")]
    if not options.rootless:
        mounts.append(mount("/sys/fs/cgroup", "cgroup", "noexec", "nodev",
                            "ro"))
    return {
        "ociVersion": "1.0.0", "hostname": "demo",
        "root": {"path": "rootfs", "readonly": False},
        "process": {
            "terminal": False, "cwd": "/", "env": image["env"],
            "args": options.entrypoint or image["ENTRYPOINT"] + image["CMD"],
            "user": {"uid": int(uid), "gid": int(gid or 0)},
            "noNewPrivileges": False,
            # A user's are lost at its first execve.
            "capabilities": {"bounding": CAPABILITIES, "permitted": kept,
                             "effective": kept}},
        "mounts": mounts, "linux": linux}


def load(manifest):
    # Only those who need it have to have it.
    import yaml
    with open(manifest, encoding="utf-8") as f:
        return yaml.safe_load(f)


def pod_of(manifest):
    return load(manifest)["spec"]["template"]["spec"]


def as_pod(config, bundle, pod):
    """What the kubelet and its runtime make of the securityContext."""
    container = pod["containers"][0]
    context = {**pod["securityContext"], **container["securityContext"]}
    process = config["process"]
    user = process["user"]
    user["uid"] = context.pop("runAsUser", user["uid"])
    user["gid"] = context.pop("runAsGroup", user["gid"])
    if context.pop("runAsNonRoot", False) and user["uid"] == 0:
        fail("the pod may not run as root, and does")
    config["root"]["readonly"] = context.pop("readOnlyRootFilesystem", False)
    process["noNewPrivileges"] = not context.pop("allowPrivilegeEscalation",
                                                 True)
    if context.pop("capabilities", None) != {"drop": ["ALL"]}:
        fail("the pod does not drop all capabilities")
    process["capabilities"] = {"bounding": [], "permitted": [],
                               "effective": []}
    if context.pop("seccompProfile", None) != {"type": "RuntimeDefault"}:
        fail("the pod has another seccompProfile than RuntimeDefault")
    if "seccomp" in config["linux"]:
        config["linux"]["seccomp"] = seccomp([])
    if context:
        fail(f"not known here: {', '.join(context)}")
    for volume in container["volumeMounts"]:
        kind = [v for v in pod["volumes"] if v["name"] == volume["name"]]
        if len(kind) != 1 or "emptyDir" not in kind[0]:
            fail(f"there is no emptyDir {volume['name']}")
        place = os.path.join(bundle, "volumes", volume["name"])
        os.makedirs(place, exist_ok=True)
        # The mode is the kubelet's.
        os.chmod(place, 0o777)
        config["mounts"].append(mount(volume["mountPath"], "bind", "rbind",
                                      "rw", source=place))


def bundle(options):
    rootfs = os.path.join(options.bundle, "rootfs")
    os.makedirs(rootfs)
    image = build(options.context, rootfs)
    image["env"] += options.env
    config = spec(image, options)
    if options.pod:
        as_pod(config, os.path.abspath(options.bundle), pod_of(options.pod))
    with open(os.path.join(options.bundle, "config.json"), "w",
              encoding="utf-8") as f:
        json.dump(config, f, indent=1)


def ask(manifest, path):
    pod = pod_of(manifest)
    value = pod["containers"][0]
    for key in path.split("."):
        value = value[key]
    if isinstance(value, list):
        print("".join(f"{word}\0" for word in value), end="")
    else:
        print(value)


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s?)", text).groups()
    return int(number) if unit or number else fail(f"no seconds: {text}")


def mistakes(manifest, folder):
    """What does not fit in a Deployment and the configuration in its image."""
    deployment = load(manifest)
    template, pod = deployment["spec"]["template"], pod_of(manifest)
    container = pod["containers"][0]
    labels = template["metadata"]["labels"]
    if (deployment["apiVersion"], deployment["kind"]) != \
            ("apps/v1", "Deployment"):
        yield "it is no Deployment of apps/v1"
    if deployment["spec"]["selector"]["matchLabels"].items() - labels.items():
        yield "the selector does not match the pods"
    conf = configparser.ConfigParser(interpolation=None, strict=True,
                                     comment_prefixes=("#", ";"))
    conf.read(sorted(os.path.join(folder, name)
                     for name in os.listdir(folder)))
    named = [word for probe in ("startupProbe", "readinessProbe")
             for word in container[probe]["exec"]["command"][2:]]
    for name in named:
        if f"service:{name}" not in conf and f"supervisor:{name}" not in conf:
            yield f"a probe asks for {name}, which the tree has not"
    ports = [str(port["containerPort"]) for port in container["ports"]]
    if f" -p {ports[0]} " not in conf["service:web"]["command"]:
        yield f"web does not listen at port {ports[0]}"
    hook = container["lifecycle"]["preStop"]["exec"]["command"][-1]
    waits = int(re.search(r"\bsleep (\d+)", hook).group(1))
    stops = re.search(r"\bstop (\S+)", hook).group(1)
    needed = waits + seconds(conf["supd"]["shutdown_deadline"]) + \
        seconds(conf[f"service:{stops}"].get("shutdown", "10s"))
    if needed >= pod["terminationGracePeriodSeconds"]:
        yield f"the grace is less than the {needed} s that it may take"


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, names in (("files", ["page", "folder"]),
                        ("commands", ["page", "heading"]),
                        ("ask", ["manifest", "path"]),
                        ("judge", ["manifest", "conf"]),
                        ("bundle", ["context", "bundle"])):
        sub = verbs.add_parser(verb)
        for name in names:
            sub.add_argument(name)
    sub.add_argument("--pod")
    sub.add_argument("--env", action="append", default=[])
    sub.add_argument("--entrypoint", type=json.loads)
    sub.add_argument("--pids")
    sub.add_argument("--rootless", action="store_true")
    options = parser.parse_args()
    if options.verb == "files":
        write_files(options.page, options.folder)
    elif options.verb == "commands":
        commands(options.page, options.heading)
    elif options.verb == "ask":
        ask(options.manifest, options.path)
    elif options.verb == "judge":
        found = list(mistakes(options.manifest, options.conf))
        print("".join(f"{line}\n" for line in found), end="")
        sys.exit(1 if found else 0)
    else:
        bundle(options)


if __name__ == "__main__":
    main()
