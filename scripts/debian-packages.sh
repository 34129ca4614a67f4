# Sourced by scripts that unpack Debian's packages into a folder of their own, `lab`, and install nothing.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo "$1" >&2; exit 1; }

# Fails where this machine cannot unpack packages, and sets `mirror`: the first Debian archive in apt's sources, in either of
# their two formats (the security archive is another one), or DEBIAN_MIRROR.
find_mirror() {
  [ "$(uname -m)" = x86_64 ] || fail "The arm64 tests are cross-built on an x86-64 machine, and this is $(uname -m)."
  [ "$(id -u)" -eq 0 ] || fail "Setting up the arm64 tests needs root: run $0 with sudo."
  command -v apt-get >/dev/null || fail "Setting up the arm64 tests needs apt-get (Debian or Ubuntu)."
  [ -f "$keyring" ] || fail "$keyring is missing: please install the package debian-archive-keyring."
  mirror=${DEBIAN_MIRROR:-$(find /etc/apt -name '*.sources' -o -name '*.list' | xargs -r sed -nE \
    's/^(URIs:|deb +(\[[^]]*\] +)?) *([a-z+]+:[^ ]*\/debian)(\/? .*|\/?)$/\3/p' | sed -n 1p)}
  [ -n "$mirror" ] || fail "No Debian mirror is named in apt's sources: please set DEBIAN_MIRROR to one."
}

# apt_for SUITE ARCHITECTURE ARGUMENTS: apt-get with a state of its own, which holds that nothing is installed.
# Packages are downloaded to $lab/apt-SUITE-ARCHITECTURE/cache/archives.
apt_for() {
  local suite=$1 architecture=$2 state=$lab/apt-$1-$2
  shift 2
  mkdir -p "$state"/{lists/partial,cache/archives/partial,state}
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$state/sources.list"
  [ -f "$state/state/status" ] || : >"$state/state/status"
  apt-get -qq -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
    -o Dir::State="$state/state" -o Dir::State::status="$state/state/status" -o Dir::State::Lists="$state/lists" \
    -o Dir::Cache="$state/cache" -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::main=/dev/null -o Dir::Etc::parts=/dev/null \
    -o APT::Sandbox::User=root -o APT::Install-Recommends=false "$@"
}

# unpack PACKAGE FOLDER TAR-ARGUMENTS
unpack() {
  local package=$1 folder=$2
  shift 2
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$folder" --exclude=./usr/share/{doc,man,locale} --exclude='*/lib/swift/embedded' \
      --exclude='*/lib/swift_static' "$@"
}

# merge_usr ROOT: Debian's merged /usr, which base-files makes only when it is installed.
merge_usr() {
  local name
  for name in bin sbin lib lib64; do
    [ -e "$1/$name" ] || [ -h "$1/$name" ] || ln -s "usr/$name" "$1/$name"
  done
}
