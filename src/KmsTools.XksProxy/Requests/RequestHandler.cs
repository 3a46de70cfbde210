using System.Diagnostics.CodeAnalysis;
using KmsTools.Http;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Stores;
using KmsTools.XksProxy.Tokens;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// Handles requests: path and method, size, signature, JSON, who calls, members, quota, key, rules, status and usage of the key, token, in
/// this order. However a request ends, it gets one answer and one record in the log, and affects no other.
/// </summary>
/// <param name="states">Gives the state that is served now, rented.</param>
/// <param name="log">The log.</param>
/// <param name="clock">The clock.</param>
internal sealed class RequestHandler(Func<ProxyState> states, IXksProxyLog log, TimeProvider clock)
{
    private const long MaxBodies = 64 * 1024 * 1024;

    // As reverse proxies log a client that is gone.
    private const int ClientGone = 499;

    private readonly RequestAuthenticator _authenticator = new(clock);
    private readonly MemoryBudget _bodies = new(MaxBodies);

    /// <summary>Handles a request.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A fault in one request must reach its caller as an answer and affect no other.")]
    public async Task HandleAsync(HttpContext http)
    {
        Exchange exchange = new(clock.GetUtcNow());
        ProxyState state = states();
        try
        {
            await AnswerAsync(http, state, exchange).ConfigureAwait(false);
            bool isRefused = http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed;
            log.Record(exchange.ToRecord(http.Response.StatusCode, null, isRefused ? "The method is not POST." : null));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException)
        {
            log.Record(exchange.ToRecord(ClientGone, null, "The client is gone."));
        }
        catch (Exception exception)
        {
            XksException error = exception as XksException
                ?? new XksException(XksError.InternalException, $"{exception.GetType()}: {exception.Message}", exception);
            Answer.Write(http.Response, error);
            log.Record(exchange.ToRecord(error.Status, error.Error.ToString(), error.Message));
        }
        finally
        {
            state.Return();
        }
    }

    private async Task AnswerAsync(HttpContext http, ProxyState state, Exchange exchange)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryRead(target, out RequestTarget read) || state.Find(read.Prefix) is not { } store)
        {
            throw new XksException(XksError.InvalidUriPathException, $"'{target}' is not a path of a key store.");
        }

        (exchange.Target, exchange.Store) = (read, store);
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = HttpMethods.Post;
            return;
        }

        SignedHead head = _authenticator.VerifyHead(store, http.Request, target);
        using RequestContent body = await RequestContent.ReadAsync(http.Request, state.MaxBody, _bodies).ConfigureAwait(false);
        RequestAuthenticator.VerifyBody(http.Request, target, head, body.Span);
        RequireJson(http.Request);
        RequestMembers members = RequestMembers.Read(body.Span);
        exchange.Metadata = members.Metadata;
        exchange.Metadata = members.RequireMetadata(read.Api);
        switch (read.Api)
        {
            case XksApi.GetHealthStatus:
                await HealthAnswer.WriteAsync(http.Response, store, state.Settings.FleetSize).ConfigureAwait(false);
                break;
            case XksApi.GetKeyMetadata:
                await DescribeAsync(http.Response, exchange, head.Credential.AccessKeyId).ConfigureAwait(false);
                break;
            case XksApi.Encrypt:
                using (EncryptWork work = new(members, body.Span, state.Settings.Limits))
                {
                    await EncryptAsync(http.Response, exchange, head.Credential.AccessKeyId, work).ConfigureAwait(false);
                }

                break;
            default:
                using (DecryptWork work = new(members, body.Span, state.Settings.Limits))
                {
                    await DecryptAsync(http.Response, exchange, head.Credential.AccessKeyId, work).ConfigureAwait(false);
                }

                break;
        }
    }

    private static async Task DescribeAsync(HttpResponse response, Exchange exchange, string accessKeyId)
    {
        ExternalKey key = Admit(exchange, accessKeyId);
        using DescribeWork work = new(key.Current.Name);
        await exchange.RunAsync(key.Current.Token, work).ConfigureAwait(false);
        Answer.Write(
            response,
            work.Description!,
            work.Description!.Usages.Where(usage => usage switch
            {
                "ENCRYPT" => key.MayEncrypt,
                "DECRYPT" => key.MayDecrypt,
                _ => true,
            }),
            key.Settings.IsEnabled);
    }

    private static async Task EncryptAsync(HttpResponse response, Exchange exchange, string accessKeyId, EncryptWork work)
    {
        ExternalKey key = Admit(exchange, accessKeyId);
        RequireUse(key, key.MayEncrypt && (key.MayDecrypt || work.Integrity.IsEmpty));
        (ProxyToken token, Pkcs11.KeyName name, byte version) = key.Current;
        work.UseKey(name, new CiphertextMetadata(token.Settings.HashesAad, version), token.Settings.HsmMakesIv);
        await exchange.RunAsync(token, work).ConfigureAwait(false);
        Answer.Write(response, work);
    }

    private static async Task DecryptAsync(HttpResponse response, Exchange exchange, string accessKeyId, DecryptWork work)
    {
        ExternalKey key = Admit(exchange, accessKeyId);
        RequireUse(key, key.MayDecrypt);
        if (work.Metadata is not { } metadata)
        {
            throw new XksException(XksError.InvalidCiphertextException, "The ciphertextMetadata is not of this proxy.");
        }

        KeyVersion version = key.Find(metadata.KeyVersion) ?? throw new XksException(
            XksError.InvalidCiphertextException, $"The key has no version {metadata.KeyVersion}, as the ciphertextMetadata says.");
        work.UseKey(version.Name, metadata);
        await exchange.RunAsync(version.Token, work).ConfigureAwait(false);
        Answer.Write(response, work);
    }

    /// <summary>Quota, key and rules.</summary>
    private static ExternalKey Admit(Exchange exchange, string accessKeyId)
    {
        (KeyStore store, RequestTarget target) = (exchange.Store!, exchange.Target!.Value);
        if (store.Limit is { } limit && !limit.TryTake())
        {
            throw new XksException(XksError.ThrottlingException, $"There are more than {limit.PerSecond} requests per second.");
        }

        ExternalKey key = store.FindKey(target.KeyId)
            ?? throw new XksException(XksError.KeyNotFoundException, "The key store has no such key.");
        if (store.Rules.FindDenial(target.Api, target.KeyId, accessKeyId, exchange.Metadata!) is { } rule)
        {
            throw new XksException(XksError.AccessDeniedException, $"The rule '{rule.Name}' denies it.");
        }

        return store.Settings.IsEnabled
            ? key
            : throw new XksException(XksError.InvalidStateException, "The key store is disabled in the settings.");
    }

    private static void RequireUse(ExternalKey key, bool isAllowed)
    {
        if (!key.Settings.IsEnabled)
        {
            throw new XksException(XksError.InvalidStateException, "The key is disabled in the settings.");
        }

        if (!isAllowed)
        {
            throw new XksException(
                XksError.InvalidKeyUsageException,
                $"The settings allow the key to {(key.Settings.AllowedUsage == XksKeyUsage.Encrypt ? "encrypt" : "decrypt")} only.");
        }
    }

    private static void RequireJson(HttpRequest request)
    {
        ReadOnlySpan<char> type = request.ContentType;
        int end = type.IndexOf(';');
        if (!(end < 0 ? type : type[..end]).TrimBlanks().Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw XksException.Invalid("The Content-Type is not application/json.");
        }
    }
}
