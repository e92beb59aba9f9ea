#include "busbar-agent/collectors/sysfs.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace busbar::agent {

std::string wholeFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string firstLine(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    line.resize(std::min<std::size_t>(line.size(), 512));
    std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; });
    while (!line.empty() && line.back() == ' ') line.pop_back();
    const auto start = line.find_first_not_of(' ');
    return start == std::string::npos ? std::string() : line.substr(start);
}

std::int64_t numberIn(const std::string& path, std::int64_t fallback) {
    const std::string line = firstLine(path);
    std::int64_t value = fallback;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    return error == std::errc() ? value : fallback;
}

std::vector<std::string> entries(const std::string& dir) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(dir, error); !error && it != std::filesystem::directory_iterator(); it.increment(error)) names.push_back(it->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string linkName(const std::string& path) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    return error ? std::string() : target.filename().string();
}

std::string whyUnreadable(const std::string& path) { return access(path.c_str(), R_OK) == 0 ? "empty" : std::strerror(errno); }

std::int64_t meminfoKib(const std::string& root, const std::string& name) {
    std::ifstream file(root + "/proc/meminfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return std::strtoll(line.c_str() + name.size() + 1, nullptr, 10);
    return 0;
}

} // namespace busbar::agent
