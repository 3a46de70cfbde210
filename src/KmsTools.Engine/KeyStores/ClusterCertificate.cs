namespace KmsTools.KeyStores;

/// <summary>The certificate that distinguishes a cluster and its descendants from others.</summary>
internal static class ClusterCertificate
{
    /// <summary>Whether two certificates are the same except for white space.</summary>
    public static bool IsSame(string a, string b) =>
        a.Where(static c => !char.IsWhiteSpace(c)).SequenceEqual(b.Where(static c => !char.IsWhiteSpace(c)));
}
