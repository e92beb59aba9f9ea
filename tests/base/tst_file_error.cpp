// Whose fault it is that a file cannot be written: the name's, the disk's.
#include "base/file_error.h"

#include <QTest>

#include <cerrno>
#include <cstdio>

using namespace busbar;

class TestFileError : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void byErrno_data() {
        QTest::addColumn<int>("error");
        QTest::addColumn<int>("code");
        for (const int error : {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EROFS, ELOOP, ENAMETOOLONG, EEXIST}) QTest::addRow("name: %d", error) << error << static_cast<int>(absl::StatusCode::kInvalidArgument);
        for (const int error : {ENOSPC, EDQUOT, EFBIG}) QTest::addRow("room: %d", error) << error << static_cast<int>(absl::StatusCode::kResourceExhausted);
        for (const int error : {EIO, ENXIO}) QTest::addRow("disk: %d", error) << error << static_cast<int>(absl::StatusCode::kInternal);
    }
    void byErrno() {
        QFETCH(int, error);
        QFETCH(int, code);
        QCOMPARE(static_cast<int>(cannotBeWritten("a.txt", error).code()), code);
        QCOMPARE(static_cast<int>(cannotBeMade("a.txt", error).code()), code);
    }
    void aDiskThatIsFull() {
        std::FILE* const full = std::fopen("/dev/full", "wb");
        QVERIFY(full != nullptr);
        QVERIFY(std::fputs("x", full) >= 0 && std::fflush(full) != 0);
        QCOMPARE(cannotBeWritten("/dev/full", errno).ToString(), std::string("RESOURCE_EXHAUSTED: '/dev/full' cannot be written: No space left on device"));
        std::fclose(full);
    }
};

QTEST_GUILESS_MAIN(TestFileError)
#include "tst_file_error.moc"
