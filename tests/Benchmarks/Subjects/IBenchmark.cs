using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>A part of KmsTools that is measured by itself.</summary>
internal interface IBenchmark
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    string Title { get; }

    /// <summary>Measures; gives each row as soon as it is known.</summary>
    IEnumerable<Row> Run(BenchmarkOptions options);
}
