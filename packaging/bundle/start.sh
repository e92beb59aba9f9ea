#!/bin/sh
# Starts the program of this file's name from the bundle, with the bundle's own loader and libraries: nothing of the machine is used but its
# kernel and NVIDIA's driver libraries. The driver's libraries ask for an old glibc only, so the bundled one serves them whatever the machine has.
self=$(readlink -f "$0") || exit 127
here=${self%/bin/*}
name=${0##*/}
loader=$here/lib/ld-linux-x86-64.so.2
path=$here/lib
case $name in
busbar-agent | busbar-gpu-*)
  # The loader searches the folders it is given before the machine's cache, and needs them all the same: the driver loads its further parts (the
  # PTX compiler) by bare name. So the folders of what the cache has come first; nothing is started to learn them.
  set -f
  for word in $("$loader" --library-path "$path" --preload 'libcuda.so.1 libnvidia-ml.so.1 libcublasLt.so.13 libcublasLt.so.12 libcublasLt.so.11' --list "$here/lib/libc.so.6" 2>/dev/null); do
    case $word in /*/libcuda.so.1 | /*/libnvidia-ml.so.1 | /*/libcublasLt.so.1[123]) path=$path:${word%/*} ;; esac
  done
  # The loader does not look at LD_LIBRARY_PATH when it is given a path; where the machine's own programs find the driver or cuBLASLt only by it,
  # so do these.
  IFS=:
  for folder in ${BUSBAR_DRIVER_PATH:-} /usr/local/nvidia/lib64 /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib/wsl/lib /run/opengl-driver/lib ${LD_LIBRARY_PATH:-}; do
    case $folder in /*)
      for library in libcuda.so.1 libnvidia-ml.so.1 libnvidia-ptxjitcompiler.so.1 libcublasLt.so.13 libcublasLt.so.12 libcublasLt.so.11; do
        if [ -e "$folder/$library" ]; then path=$path:$folder; break; fi
      done
      ;;
    esac
  done
  unset IFS
  ;;
esac
# A child program of the agent needs the loader too; it is not beside the agent's own file, which the kernel says is the loader.
export BUSBAR_GPU_TEST="${BUSBAR_GPU_TEST:-$here/bin/busbar-gpu-test}"
# The machine's OpenSSL configuration may name modules of another OpenSSL.
export OPENSSL_CONF=/dev/null OPENSSL_MODULES="$here/lib/ossl-modules"
exec "$loader" --argv0 "$0" --library-path "$path" "$here/libexec/$name" "$@"
