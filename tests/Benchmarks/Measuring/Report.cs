using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>The rows of a run, printed as they come and kept as Markdown and JSON.</summary>
internal sealed class Report(Machine machine)
{
    private static readonly string[] Columns = ["", "baseline", "ours", "ratio", "target", ""];
    private static readonly int[] Widths = [-62, 19, 19, 15, 14, -13];

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<(string Title, List<Row> Rows)> _sections = [];

    public int Missed => All.Count(static row => row.Verdict == "MISS");

    public int Failed => All.Count(static row => row.Verdict == "FAILED");

    private IEnumerable<Row> All => _sections.SelectMany(static section => section.Rows);

    /// <summary>The medians by the names of their rows.</summary>
    public IReadOnlyDictionary<string, Figure> Figures => _sections
        .SelectMany(static section => section.Rows.Where(static row => row.Figure is not null)
            .Select(row => (Name: $"{section.Title}: {row.Name}", Figure: row.Figure!)))
        .ToDictionary(static named => named.Name, static named => named.Figure);

    public void Begin(string title)
    {
        _sections.Add((title, []));
        Console.WriteLine($"\n{title}");
        Console.WriteLine(Line(Columns));
    }

    public void Add(Row row)
    {
        _sections[^1].Rows.Add(row);
        Console.WriteLine(Line([row.Name, row.Baseline, row.Ours, row.Ratio, row.Target, row.Verdict]) + (row.Note.Length > 0
            ? $"\n      {row.Note}"
            : ""));
    }

    /// <summary>Writes the run where the last one on such a machine was, so that the history of the file is that of the figures.</summary>
    /// <returns>The Markdown file.</returns>
    public string Save(string folder)
    {
        Directory.CreateDirectory(folder);
        string markdown = Path.Combine(folder, machine.FileName + ".md");
        File.WriteAllText(markdown, Markdown());
        File.WriteAllText(Path.ChangeExtension(markdown, ".json"), Json() + "\n");
        return markdown;
    }

    private static string Line(string[] cells)
    {
        StringBuilder line = new();
        for (int i = 0; i < cells.Length; i++)
        {
            line.Append(Widths[i] < 0 ? cells[i].PadRight(-Widths[i]) : cells[i].PadLeft(Widths[i])).Append("  ");
        }

        return line.ToString().TrimEnd();
    }

    private string Markdown()
    {
        StringBuilder text = new("# Benchmarks\n\nMade by `./build.sh benchmark`; do not edit. Medians of interleaved rounds, the best "
            + "round in brackets.\n\n| machine | |\n|---|---|\n");
        foreach ((string name, string value) in machine.Facts)
        {
            text.Append($"| {name} | {value} |\n");
        }

        foreach ((string title, List<Row> rows) in _sections)
        {
            text.Append($"\n## {title}\n\n| | baseline | ours | ratio | target | | note |\n|---|---:|---:|---:|---:|---|---|\n");
            foreach (Row row in rows)
            {
                string verdict = row.Verdict == "MISS" ? "**MISS**" : row.Verdict;
                text.Append($"| {row.Name} | {row.Baseline} | {row.Ours} | {row.Ratio} | {row.Target} | {verdict} | {row.Note} |\n");
            }
        }

        return text.ToString();
    }

    private string Json() => JsonSerializer.Serialize(
        new
        {
            Machine = machine.Facts.ToDictionary(),
            Sections = _sections.Select(static section => new { section.Title, section.Rows }),
        },
        JsonOptions);
}
