using System.Collections.Immutable;

namespace KmsTools.XksProxy.Settings;

/// <summary>Settings that cannot be used. Whatever was served before is still served.</summary>
/// <param name="problems">What is wrong, a sentence each.</param>
public sealed class XksProxySettingsException(ImmutableArray<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>What is wrong, a sentence each.</summary>
    public ImmutableArray<string> Problems => problems;
}
