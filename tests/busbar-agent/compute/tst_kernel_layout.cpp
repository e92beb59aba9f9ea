// Who holds what in a block's matrix product on a GPU, replayed on the CPU by PTX's own rules (PTX ISA 7.0 §9.7.13: ldmatrix, mma.m16n8k16;
// 8.4: mma.m16n8k32 with e4m3): from shared memory through every lane's registers to the sums. There is no GPU here: this is what stands for
// one. And that no two threads of an access meet in a bank.
#include "busbar-agent/kernels/gemm.h"

#include <QTest>

#include <array>
#include <cstring>
#include <set>
#include <vector>

using namespace busbar::kernels;

namespace {

using Registers = std::array<std::uint32_t, 4>;

/// ldmatrix.x4: lane l names row l % 8 of matrix l / 8; lane l gets bytes 4 · (l % 4) … of row l / 4 of each matrix.
std::array<Registers, kLanes> ldmatrix(const std::vector<std::uint8_t>& shared, const std::array<std::uint32_t, kLanes>& addresses) {
    std::array<Registers, kLanes> result{};
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
        for (std::uint32_t matrix = 0; matrix < 4; ++matrix) std::memcpy(&result[lane][matrix], &shared[addresses[matrix * 8 + lane / 4] + lane % 4 * 4], 4);
    return result;
}

float valueIn(const Registers& registers, std::uint32_t reg, std::uint32_t index, Bf16) {
    return numberOf(static_cast<Bf16>(registers[reg] >> (16 * index)));
}
float valueIn(const Registers& registers, std::uint32_t reg, std::uint32_t index, Fp8) {
    return numberOf(Fp8{static_cast<std::uint8_t>(registers[reg] >> (8 * index))});
}

/// A by the ISA: register r of lane l holds row l / 4 (+ 8 for odd r), bytes 4 · (l % 4) … of the left half (r < 2) or the right one.
/// B: register r holds column l / 4, the same bytes of half r. Sums: row l / 4 (+ 8), column 2 · (l % 4) + i.
template <typename Input>
void mma(float (&tile)[kTileM][kTileN], const std::array<Registers, kLanes>& a, const std::array<Registers, kLanes>& b, std::uint32_t firstB) {
    constexpr std::uint32_t kInRegister = 4 / sizeof(Input), kDepth = kTileBytes / sizeof(Input);
    float left[kTileM][kDepth], right[kTileN][kDepth];
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
        for (std::uint32_t i = 0; i < kInRegister; ++i) {
            for (std::uint32_t reg = 0; reg < 4; ++reg) left[lane / 4 + reg % 2 * 8][lane % 4 * kInRegister + i + reg / 2 * kDepth / 2] = valueIn(a[lane], reg, i, Input{});
            for (std::uint32_t reg = 0; reg < 2; ++reg) right[lane / 4][lane % 4 * kInRegister + i + reg * kDepth / 2] = valueIn(b[lane], firstB + reg, i, Input{});
        }
    for (std::uint32_t m = 0; m < kTileM; ++m)
        for (std::uint32_t n = 0; n < kTileN; ++n)
            for (std::uint32_t k = 0; k < kDepth; ++k) tile[m][n] += left[m][k] * right[n][k];
}

/// What fetchStage, useStage and store of kernels/block.h do, warp by warp.
template <typename Input>
std::vector<float> blockOnGpu(const Input* a, const Input* b, std::uint64_t k) {
    std::vector<float> c(kBlockM * kBlockN);
    std::vector<std::uint8_t> stage(kStageBytes);
    const std::uint64_t rowBytes = k * sizeof(Input);
    std::vector<std::array<std::array<float[kTileM][kTileN], kTilesN>, kTilesM>> sums(kThreadsPerBlock / kLanes);
    for (std::uint64_t step = 0; step < rowBytes / kStepBytes; ++step) {
        const auto fetch = [&](std::uint32_t base, std::uint32_t rows, const Input* from) {
            for (std::uint32_t row = 0; row < rows; ++row)
                for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk)
                    std::memcpy(&stage[base + sharedOffset(row, chunk)], reinterpret_cast<const std::uint8_t*>(from) + row * rowBytes + step * kStepBytes + chunk * kChunk, kChunk);
        };
        fetch(0, kBlockM, a);
        fetch(kBlockM * kStepBytes, kBlockN, b);
        for (std::uint32_t warp = 0; warp < sums.size(); ++warp) {
            const std::uint32_t row = warp / (kBlockN / kWarpN) * kWarpM, column = warp % (kBlockN / kWarpN) * kWarpN;
            for (std::uint32_t at = 0; at < kStepBytes / kTileBytes; ++at)
                for (std::uint32_t m = 0; m < kTilesM; ++m)
                    for (std::uint32_t n = 0; n < kTilesN; n += 2) {
                        std::array<std::uint32_t, kLanes> addressesA{}, addressesB{};
                        for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
                            addressesA[lane] = sharedOffset(row + m * kTileM + laneOfA(lane).row, at * 2 + laneOfA(lane).chunk);
                            addressesB[lane] = kBlockM * kStepBytes + sharedOffset(column + n * kTileN + laneOfB(lane).row, at * 2 + laneOfB(lane).chunk);
                        }
                        const auto left = ldmatrix(stage, addressesA), right = ldmatrix(stage, addressesB);
                        mma<Input>(sums[warp][m][n], left, right, 0);
                        mma<Input>(sums[warp][m][n + 1], left, right, 2);
                    }
        }
    }
    for (std::uint32_t warp = 0; warp < sums.size(); ++warp)
        for (std::uint32_t m = 0; m < kTilesM; ++m)
            for (std::uint32_t n = 0; n < kTilesN; ++n)
                for (std::uint32_t lane = 0; lane < kLanes; ++lane)
                    for (std::uint32_t i = 0; i < 4; ++i) {
                        const RowColumn mine = laneOfSums(lane);
                        const std::uint32_t row = mine.row + i / 2 * 8, column = mine.column + i % 2;
                        c[(warp / (kBlockN / kWarpN) * kWarpM + m * kTileM + row) * kBlockN + warp % (kBlockN / kWarpN) * kWarpN + n * kTileN + column] = sums[warp][m][n][row][column];
                    }
    return c;
}

template <typename Input>
std::uint64_t compare(std::uint64_t k) {
    std::vector<Input> a(kBlockM * k), b(kBlockN * k);
    t_hostThread = {0, 1};
    fillInput(a.data(), kBlockM, k, 0, 5);
    fillInput(b.data(), kBlockN, k, 1, 5);
    const std::vector<float> gpu = blockOnGpu(a.data(), b.data(), k);
    std::vector<float> cpu(kBlockM * kBlockN);
    gemm(a.data(), b.data(), cpu.data(), kBlockM, kBlockN, k, 1);
    Faults faults{};
    busbarGemmCheck(gpu.data(), kBlockM, kBlockN, k, 5, &faults);
    return faults.count + (std::memcmp(cpu.data(), gpu.data(), cpu.size() * sizeof(float)) == 0 ? 0 : 1);
}

} // namespace

class TestKernelLayout : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bf16ByTheRulesOfPtx() { QCOMPARE(compare<Bf16>(128), 0U); }
    void fp8ByTheRulesOfPtx() { QCOMPARE(compare<Fp8>(kFp8Depth), 0U); }
    void noBankIsMetTwice();
    void everyBlockOnce();
    void fp8OfWholeNumbers();
    void fp8SumsStayBelowTheAccumulator();
};

void TestKernelLayout::noBankIsMetTwice() {
    // Shared memory serves 128 bytes at a time: eight lanes of 16 bytes each must fall into different sixteenths.
    const auto groups = [](const std::vector<std::uint32_t>& offsets) {
        std::set<std::uint32_t> seen;
        for (const std::uint32_t offset : offsets) seen.insert(offset % 128 / 16);
        return seen.size();
    };
    for (std::uint32_t first = 0; first < kLanes; first += 8)
        for (std::uint32_t at = 0; at < kChunks / 2; ++at) {
            std::vector<std::uint32_t> a, b, written;
            for (std::uint32_t lane = first; lane < first + 8; ++lane) {
                a.push_back(sharedOffset(laneOfA(lane).row, at * 2 + laneOfA(lane).chunk));
                b.push_back(sharedOffset(laneOfB(lane).row, at * 2 + laneOfB(lane).chunk));
                written.push_back(sharedOffset(lane / kChunks, lane % kChunks));
            }
            QCOMPARE(groups(a), 8U);
            QCOMPARE(groups(b), 8U);
            QCOMPARE(groups(written), 8U);
        }
    std::set<std::uint32_t> all;
    for (std::uint32_t row = 0; row < kBlockN; ++row)
        for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk) all.insert(sharedOffset(row, chunk));
    QCOMPARE(all.size(), std::size_t{kBlockN} * kChunks);
    QCOMPARE(*all.rbegin(), kBlockN * kStepBytes - kChunk);
}

void TestKernelLayout::everyBlockOnce() {
    for (const auto& [down, across] : {std::pair<std::uint64_t, std::uint64_t>{64, 32}, {4, 2}, {13, 5}, {1, 1}}) {
        std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
        for (std::uint64_t number = 0; number < down * across; ++number) {
            const BlockPlace place = placeOfBlock(number, down, across);
            QVERIFY(place.row < down && place.column < across);
            seen.emplace(place.row, place.column);
        }
        QCOMPARE(seen.size(), down * across);
    }
}

void TestKernelLayout::fp8OfWholeNumbers() {
    // e4m3: 1 is 0 0111 000, 2 is 0 1000 000, 3 is 0 1000 100; the sign is the highest bit.
    const auto bitsOfNumber = [](int value) {
        Fp8 number{};
        put(number, value);
        return number.bits;
    };
    QCOMPARE(bitsOfNumber(0), 0x00);
    QCOMPARE(bitsOfNumber(1), 0x38);
    QCOMPARE(bitsOfNumber(2), 0x40);
    QCOMPARE(bitsOfNumber(3), 0x44);
    QCOMPARE(bitsOfNumber(-3), 0xC4);
    for (int value = -16; value <= 16; ++value) QCOMPARE(numberOf(Fp8{bitsOfNumber(value)}), static_cast<float>(value));
}

void TestKernelLayout::fp8SumsStayBelowTheAccumulator() {
    // The bound holds for any seed, by the inputs' range alone; this is the range.
    int lowest = 0, highest = 0;
    for (std::uint64_t row = 0; row < 200; ++row)
        for (std::uint64_t k = 0; k < kPeriod; ++k) {
            lowest = std::min(lowest, gemmInput(row, 0, row, k));
            highest = std::max(highest, gemmInput(row, 1, row, k));
        }
    QCOMPARE(lowest, -3);
    QCOMPARE(highest, 3);
    QVERIFY(3 * 3 * kFp8Depth < 8192);
}

QTEST_APPLESS_MAIN(TestKernelLayout)
#include "tst_kernel_layout.moc"
