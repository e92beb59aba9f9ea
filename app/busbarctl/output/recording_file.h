// A recording on disk: lines of JSON, packed by zstd (resources/docs/recording.md says what they hold; busbar-replay plays it).
// What was added up to a second before is readable even when the program dies. Not thread-safe.
#pragma once

#include "base/status.h"
#include "busbarctl/output/json.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

struct ZSTD_CCtx_s;

namespace busbar::ctl {

class RecordingFile {
public:
    /// Makes the file; FailedPrecondition when one of this name is there: a recording is not made twice.
    static StatusOr<std::unique_ptr<RecordingFile>> create(const std::string& path);
    ~RecordingFile();
    RecordingFile(const RecordingFile&) = delete;
    RecordingFile& operator=(const RecordingFile&) = delete;

    /// One line. The error (a full disk) comes again with each later call.
    Status add(const Json& line);
    /// Ends the packed stream and closes.
    Status close();

private:
    explicit RecordingFile(std::string path, std::FILE* file);
    Status pack(const std::string& text, int directive);

    const std::string m_path;
    std::FILE* m_file;
    ZSTD_CCtx_s* m_packer;
    std::string m_out;
    std::chrono::steady_clock::time_point m_flushed;
    Status m_failed;
};

} // namespace busbar::ctl
