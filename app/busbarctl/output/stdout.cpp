#include "busbarctl/output/stdout.h"

#include "busbarctl/context.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace busbar::ctl {

bool printed(const std::string& text) {
    if (std::ferror(stdout) != 0) return false;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
    Context::complain(fmt::format("the standard output cannot be written: {}; what follows of the output is lost", std::strerror(errno)));
    return false;
}

Exit ending(Exit exit) { return printed({}) ? exit : worse(exit, Exit::failed); }

} // namespace busbar::ctl
