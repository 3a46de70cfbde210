using System.IO.Compression;
using System.Text;
using KmsTools.Operations;
using KmsTools.WebConsole.Problems;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>
/// Answers the form of the import page that asks for a wrapping public key and an import token with a ZIP of both, as the console of AWS
/// does. What is refused is left to the page, which shows why.
/// </summary>
internal sealed class ImportParameters(RequestDelegate next)
{
    /// <summary>The act of the form.</summary>
    public const string Act = "parameters";

    private const string PageName = "/material/import";

    private static readonly object s_error = new();

    /// <summary>The wrapping algorithms that are offered; another one of AWS is withdrawn, one for China only.</summary>
    public static string[] Algorithms { get; } =
    [
        nameof(AlgorithmSpec.RSAES_OAEP_SHA_256),
        nameof(AlgorithmSpec.RSAES_OAEP_SHA_1),
        nameof(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256),
        nameof(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1),
    ];

    /// <summary>The types of wrapping keys that are offered.</summary>
    public static string[] WrappingKeySpecs { get; } =
        [nameof(WrappingKeySpec.RSA_2048), nameof(WrappingKeySpec.RSA_3072), nameof(WrappingKeySpec.RSA_4096)];

    /// <summary>The error of the call that was made in the place of the page.</summary>
    public static Exception ErrorOf(HttpContext http) =>
        http.Items[s_error] as Exception ?? new InvalidOperationException("The wrapping public key could not be made.");

    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext http, ConsoleSession session)
    {
        if (!await IsAskedAsync(http).ConfigureAwait(false) || Call(http, session) is not { } parameters)
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        byte[] archive = Pack(parameters, http.Request.Form["wrapping-key-spec"].ToString());
        string name = $"Import_Parameters_{parameters.KeyId.Split('/')[^1]}_{session.UtcNow:yyyyMMddHHmmss}.zip";
        http.Response.ContentType = "application/zip";
        http.Response.ContentLength = archive.Length;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await http.Response.Body.WriteAsync(archive, http.RequestAborted).ConfigureAwait(false);
    }

    // A form with a token that is not valid must not be read; the page refuses it.
    private static async Task<bool> IsAskedAsync(HttpContext http) =>
        HttpMethods.IsPost(http.Request.Method)
        && http.Request.RouteValues.ContainsKey("KeyId")
        && http.Request.Path.Value?.EndsWith(PageName, StringComparison.Ordinal) == true
        && http.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: true }
        && http.Request.HasFormContentType
        && (await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false))["act"] == Act;

    private static GetParametersForImportResponse? Call(HttpContext http, ConsoleSession session)
    {
        if (http.Request.RouteValues["Region"] is not string region || !session.TryChooseRegion(region))
        {
            return null;
        }

        try
        {
            return session.Call(new GetParametersForImportRequest
            {
                KeyId = (string)http.Request.RouteValues["KeyId"]!,
                WrappingAlgorithm = http.Request.Form["algorithm"],
                WrappingKeySpec = http.Request.Form["wrapping-key-spec"],
            });
        }
        catch (Exception exception) when (Problem.Of(exception, session) is not null)
        {
            http.Items[s_error] = exception;
            return null;
        }
    }

    private static byte[] Pack(GetParametersForImportResponse parameters, string wrappingKeySpec)
    {
        using MemoryStream bytes = new();
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "WrappingPublicKey.bin", parameters.PublicKey.ToArray());
            Add(archive, "ImportToken.bin", parameters.ImportToken.ToArray());
            Add(archive, "README.txt", Encoding.UTF8.GetBytes(Readme(parameters, wrappingKeySpec)));
        }

        return bytes.ToArray();
    }

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        using Stream entry = archive.CreateEntry(name).Open();
        entry.Write(content);
    }

    private static string Readme(GetParametersForImportResponse parameters, string wrappingKeySpec) => $"""
        Key: {parameters.KeyId}
        Wrapping algorithm: {parameters.WrappingAlgorithm}
        Wrapping key spec: {wrappingKeySpec}
        Expires: {parameters.ParametersValidTo:yyyy-MM-dd HH:mm:ss} UTC

        WrappingPublicKey.bin   the public key that encrypts the key material (SubjectPublicKeyInfo, DER)
        ImportToken.bin         the import token, which is uploaded together with the encrypted key material

        The two belong together: key material that was encrypted with the key of another download is refused.

        {WrappingCommands.Of(parameters.WrappingAlgorithm!.Value)}

        """;
}
