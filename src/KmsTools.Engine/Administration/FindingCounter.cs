using System.Diagnostics;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>Hands over what a verification finds, each damage once, and counts it.</summary>
/// <param name="found">Gets each finding.</param>
internal sealed class FindingCounter(Action<StoreFinding> found)
{
    private readonly DateTime _startTime = DateTime.UtcNow;
    private readonly long _start = Stopwatch.GetTimestamp();

    // What cannot be read is met by each part of the verification that reads it.
    private readonly HashSet<(string Subject, string? Message)> _unreadable = [];
    private int _damages;
    private int _notes;

    /// <summary>Hands over a finding.</summary>
    public void Add(StoreFinding finding)
    {
        if (finding.Kind == StoreFindingKind.FILE_DAMAGED
            && !_unreadable.Add((finding.Subject, finding.Record is null ? finding.Message : null)))
        {
            return;
        }

        _ = finding.IsDamage ? _damages++ : _notes++;
        found(finding);
    }

    /// <summary>The result, with what was read of the files only.</summary>
    public StoreVerification Conclude(string location, StoreFileVerification files) => new()
    {
        Path = location,
        Damages = _damages,
        Notes = _notes,
        Records = files.Records,
        Keys = 0,
        Secrets = 0,
        Events = 0,
        NewestChange = files.NewestChange,
        ComparedClusters = [],
        StartTime = _startTime,
        Duration = Stopwatch.GetElapsedTime(_start),
    };
}
