using System.Security.Cryptography;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.EnvelopeEncryption;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Files as Protect-KmsFile and Unprotect-KmsFile read and write them: with a signature, against without.</summary>
internal sealed class FilesBenchmark : IBenchmark
{
    private const int RoundCount = 5;
    private const long Length = 256 << 20;
    private const long FullLength = 1 << 30;
    private const double MaxOfUnsigned = 1.3;
    private const double MaxMemory = 20;

    public string Name => "files";

    public string Title => "Files: with a signature, against without";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using TemporaryStore store = new();
        using KmsEngine engine = store.OpenEngine();
        string keyId = TemporaryStore.CreateKey(engine);
        long length = options.IsFull ? FullLength : Length;
        string size = $"{length >> 20:#,0} MiB";
        string plain = store.FileNextToIt("plain");
        Fill(plain, length);
        EnvelopeCipher cipher = new(engine);

        double Protect(AlgorithmSuite suite) => Convert(
            plain,
            store.FileNextToIt(suite.Name),
            (source, destination) => cipher.Protect(source, destination, new ProtectOptions { KeyIds = [keyId], Suite = suite }));

        double Unprotect(AlgorithmSuite suite) => Convert(
            store.FileNextToIt(suite.Name),
            store.FileNextToIt("copy"),
            (source, destination) => cipher.Unprotect(source, destination, new UnprotectOptions()));

        // Both write the files that are read later.
        _ = Protect(AlgorithmSuite.Unsigned) + Protect(AlgorithmSuite.Signed);
        long before = Environment.WorkingSet;
        Series[] costs = Rounds.Run(
            RoundCount, () => Protect(AlgorithmSuite.Unsigned), () => Protect(AlgorithmSuite.Signed), () => Hash(plain));
        double grown = (Environment.WorkingSet - before) / 1e6;
        yield return InProportion($"Protect {size}, signed : unsigned", costs);
        yield return new Row("Memory that these rounds added", Ours: Format.Value(grown, Format.Megabytes))
            .Within(Limit.AtMost(MaxMemory, grown, Format.Megabytes));
        _ = Unprotect(AlgorithmSuite.Unsigned);
        costs = Rounds.Run(
            RoundCount, () => Unprotect(AlgorithmSuite.Unsigned), () => Unprotect(AlgorithmSuite.Signed), () => Hash(plain));
        yield return InProportion($"Unprotect {size}, signed : unsigned", costs);
    }

    /// <summary>Costs without a signature, with one, and of the hash that it covers, which no program that signs can do without.</summary>
    private static Row InProportion(string name, Series[] costs)
    {
        double hash = costs[2].Against(costs[0]).Median;
        return Row.Compare(name, costs[0], costs[1], Format.Milliseconds)
            .Within(Limit.AtMost(MaxOfUnsigned, costs[1].Against(costs[0]).Median, Format.Times))
            .Noting(
                $"SHA-384 of the same bytes alone takes {Format.Series(costs[2], Format.Milliseconds)}: {Format.Value(hash, Format.Times)}");
    }

    /// <summary>Milliseconds.</summary>
    private static double Hash(string file) => Rounds.Time(() =>
    {
        using FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        _ = SHA384.HashData(source);
    }) / 1000;

    /// <summary>Milliseconds, until the new file is on the disk.</summary>
    private static double Convert(string from, string to, Func<Stream, Stream, EnvelopeResult> convert) => Rounds.Time(() =>
    {
        using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using FileStream destination = new(to, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        _ = convert(source, destination);
        destination.Flush(flushToDisk: true);
    }) / 1000;

    private static void Fill(string file, long length)
    {
        byte[] block = new byte[1 << 20];
        Random.Shared.NextBytes(block);
        using FileStream stream = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (long written = 0; written < length; written += block.Length)
        {
            stream.Write(block);
        }
    }
}
