namespace KmsTools.XksProxy.Requests;

/// <summary>The operations of the XKS proxy API.</summary>
internal enum XksApi
{
    GetHealthStatus,
    GetKeyMetadata,
    Encrypt,
    Decrypt,
}

/// <summary>The names of the operations.</summary>
internal static class XksApis
{
    /// <summary>The name, without making text for each request.</summary>
    public static string Name(XksApi api) => api switch
    {
        XksApi.GetHealthStatus => nameof(XksApi.GetHealthStatus),
        XksApi.GetKeyMetadata => nameof(XksApi.GetKeyMetadata),
        XksApi.Encrypt => nameof(XksApi.Encrypt),
        _ => nameof(XksApi.Decrypt),
    };
}
