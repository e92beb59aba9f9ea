#include "busbar-agent/compute/gpu_job.h"

#include <nlohmann/json.hpp>

#include <array>

namespace busbar::agent {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 11> kTests{"unknown", "scrub", "canary", "patterns", "memory rate", "gemm", "cublaslt", "transfers", "peers", "hold", "fp8"};
constexpr std::array<std::string_view, 3> kKinds{"progress", "answer", "end"};

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json answerJson(const GpuAnswer& answer) {
    json figures = json::array();
    for (const Figure& figure : answer.figures) figures.push_back({{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}});
    return {{"uuid", answer.uuid}, {"code", static_cast<int>(answer.status.code())}, {"why", std::string(sentenceOf(answer.status))}, {"figures", figures},
            {"faults", answer.faults}, {"fault_sentence", answer.faultSentence}, {"fingerprint", answer.fingerprint}};
}

GpuAnswer answerOf(const json& value) {
    GpuAnswer answer;
    answer.uuid = value.at("uuid");
    answer.status = Status(static_cast<absl::StatusCode>(value.at("code").get<int>()), value.at("why").get<std::string>());
    for (const json& figure : value.at("figures")) answer.figures.push_back({figure.at("name"), figure.at("value"), figure.at("unit")});
    answer.faults = value.at("faults");
    answer.faultSentence = value.at("fault_sentence");
    answer.fingerprint = value.at("fingerprint");
    return answer;
}

} // namespace

std::string_view toString(GpuTest test) { return kTests[static_cast<std::size_t>(test)]; }

std::string toJson(const GpuJob& job) {
    return dump({{"test", std::string(toString(job.test))}, {"gpus", job.uuids}, {"seed", job.seed}, {"rounds", job.rounds}, {"seconds", job.seconds}, {"library", job.library}});
}

StatusOr<GpuJob> jobFromJson(const std::string& text) try {
    const json value = json::parse(text);
    GpuJob job;
    const std::string test = value.at("test");
    for (std::size_t i = 1; i < kTests.size(); ++i)
        if (kTests[i] == test) job.test = static_cast<GpuTest>(i);
    if (job.test == GpuTest::unknown) return invalid("unknown test '{}'", test);
    job.uuids = value.at("gpus").get<std::vector<std::string>>();
    job.seed = value.at("seed");
    job.rounds = value.at("rounds");
    job.seconds = value.at("seconds");
    job.library = value.at("library");
    return job;
} catch (const json::exception& error) {
    return invalid("the job is not understood: {}", error.what());
}

std::string toJson(const GpuLine& line) {
    json value{{"kind", std::string(kKinds[static_cast<std::size_t>(line.kind)])}};
    if (line.kind == GpuLine::Kind::answer) {
        value["answer"] = answerJson(line.answer);
    } else {
        value["share"] = line.share;
        value["sentence"] = line.sentence;
        value["simulated"] = line.simulated;
        value["library"] = line.library;
    }
    return dump(value);
}

StatusOr<GpuLine> lineFromJson(const std::string& text) try {
    const json value = json::parse(text);
    GpuLine line;
    const std::string kind = value.at("kind");
    if (kind == kKinds[1]) {
        line.kind = GpuLine::Kind::answer;
        line.answer = answerOf(value.at("answer"));
        return line;
    }
    line.kind = kind == kKinds[2] ? GpuLine::Kind::end : GpuLine::Kind::progress;
    line.share = value.at("share");
    line.sentence = value.at("sentence");
    line.simulated = value.at("simulated");
    line.library = value.at("library");
    return line;
} catch (const json::exception& error) {
    return invalid("busbar-gpu-test printed what is not understood: {}", error.what());
}

} // namespace busbar::agent
