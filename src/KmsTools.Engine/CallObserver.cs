namespace KmsTools;

/// <summary>Follows a call while it runs. Called on the thread of the call; what it receives is not recorded.</summary>
public sealed class CallObserver
{
    /// <summary>Ignores everything.</summary>
    public static CallObserver None { get; } = new();

    /// <summary>Receives each step of a call that may take longer than a second, as it begins; null to ignore them.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Receives what the caller should know although the call succeeds; null to ignore it.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>
    /// Receives the ID of a cluster whose HSMs lack the material of keys, after a warning that names the keys; null to ignore it.
    /// </summary>
    public Action<string>? MaterialLost { get; init; }

    internal void Report(string step) => Progress?.Invoke(step);

    internal void Warn(string text) => Warning?.Invoke(text);

    internal void WarnOfLoss(string text, string clusterId)
    {
        Warn(text);
        MaterialLost?.Invoke(clusterId);
    }
}
