"""The 27 tasks of playbook.yml, as pyinfra writes them. Run with --sudo."""

from io import StringIO

from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import apt, crontab, files, server, systemd

USER = "benchd"
HOME = "/srv/benchd"

server.group(name="Group", group=USER, system=True)
server.user(name="User", user=USER, group=USER, home=HOME, shell="/usr/sbin/nologin", system=True, create_home=False)
server.group(name="Operators group", group="benchops")
server.user(name="Operator", user="benchop", groups=["benchops"], shell="/bin/sh", ensure_home=False)
files.directory(name="Home", path=HOME, user=USER, group=USER, mode="750")
files.directory(name="Data folder", path=f"{HOME}/data", user=USER, group=USER, mode="700")
files.directory(name="Config folder", path=f"{HOME}/config", user="root", group=USER, mode="750")
files.directory(name="Log folder", path="/var/log/benchd", user=USER, group="adm", mode="750")
files.template(
    name="Main configuration",
    src="templates/config.tmpl",
    dest=f"{HOME}/config/config.toml",
    user="root",
    group=USER,
    mode="640",
    inventory_hostname=host.name,
    service_user=USER,
)
files.put(name="Client configuration", src="files/client.toml", dest=f"{HOME}/config/client.toml", user="root", group=USER, mode="640")
files.put(name="Peers", src=StringIO("one\ntwo\nthree\n"), dest=f"{HOME}/config/peers", user="root", group=USER, mode="640")
files.put(name="Environment", src=StringIO(f"BENCH_HOST={host.name}\n"), dest="/etc/default/benchd", mode="644")
files.put(name="Unit", src="files/benchd.service", dest="/etc/systemd/system/benchd.service", mode="644")
files.put(
    name="Logrotate",
    src=StringIO("/var/log/benchd/*.log {\n  weekly\n  rotate 4\n  missingok\n}\n"),
    dest="/etc/benchd.logrotate",
    mode="644",
)
files.link(name="Link to the configuration", path="/etc/benchd.toml", target=f"{HOME}/config/config.toml")
files.file(name="No old configuration", path="/etc/benchd.old", present=False)
files.line(name="Message of the day", path="/etc/motd", line="This host is managed.")
files.line(name="Swap is avoided", path="/etc/benchd.conf", line="^swappiness=.*$", replace="swappiness=10")
files.line(name="Backlog", path="/etc/benchd.conf", line="^backlog=.*$", replace="backlog=4096")
files.block(
    name="Hosts of the fleet",
    path="/etc/hosts",
    content="10.255.0.1 bench-a\n10.255.0.2 bench-b",
    marker="# {mark} ANSIBLE MANAGED BLOCK",
    begin="BEGIN",
    end="END",
)
files.block(
    name="Limits",
    path="/etc/security/limits.conf",
    content="benchd soft nofile 65536\nbenchd hard nofile 65536",
    marker="# {mark} benchd",
    begin="BEGIN",
    end="END",
)
files.replace(name="A word that was wrong", path="/etc/benchd.conf", text="backlogg", replace="backlog")
crontab.crontab(name="Nightly job", command="/bin/true", cron_name="benchd report of pyinfra", user="root", minute="5", hour="3")
files.put(name="Time zone of the job", src=StringIO("Etc/UTC\n"), dest=f"{HOME}/config/tz", mode="644")
apt.packages(name="Packages", packages=["openssh-server", "sudo", "nftables"], present=True)
systemd.service(name="Unit is enabled", service="ssh", enabled=True, running=True)
host.get_fact(File, path=f"{HOME}/config/config.toml")
