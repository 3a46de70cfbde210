using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Layout;

/// <summary>The URLs of pages.</summary>
internal static class Links
{
    /// <summary>The parameter that names a message of the page before.</summary>
    public const string NoteParameter = "note";

    /// <summary>A page in a Region.</summary>
    /// <param name="region">The Region.</param>
    /// <param name="path">What follows it, such as <c>keys</c>.</param>
    public static string To(string region, string path) => $"{ConsoleHost.Root}/{Uri.EscapeDataString(region)}/{path}";

    /// <summary>A page about a key.</summary>
    /// <param name="region">The Region of the key.</param>
    /// <param name="keyId">Its ID.</param>
    /// <param name="tab">The part of the page, or null for the first.</param>
    public static string ToKey(string region, string keyId, string? tab = null) =>
        To(region, $"keys/{Uri.EscapeDataString(keyId)}{(tab is null ? "" : $"/{tab}")}");

    /// <summary>A page about a custom key store.</summary>
    public static string ToKeyStore(string region, string customKeyStoreId, string? act = null) =>
        To(region, $"key-stores/{Uri.EscapeDataString(customKeyStoreId)}{(act is null ? "" : $"/{act}")}");

    /// <summary>A URL with the name of a message that its page shows once.</summary>
    public static string WithNote(string url, string note) => $"{url}{(url.Contains('?') ? '&' : '?')}{NoteParameter}={note}";

    /// <summary>The query of a request without the name of a message.</summary>
    public static string WithoutNote(IQueryCollection query) =>
        QueryString.Create(query.Where(static pair => pair.Key != NoteParameter)).ToString();
}
