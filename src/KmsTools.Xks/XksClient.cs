using System.Collections.Concurrent;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>
/// Calls external key store proxies over HTTPS, as AWS KMS does: HTTP/1.1, requests signed with Signature Version 4 for the service
/// kms-xks-proxy, and a time limit for each attempt. Sources: "XKS proxy API specification" 1.0.3, and "Monitoring an external key store",
/// AWS KMS Developer Guide.
/// </summary>
public sealed class XksClient : IXksClient
{
    private const string CurrentDirectory = ".";
    private const string ParentDirectory = "..";
    private const string Health = "/health";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, XksConnections> _connections = new(StringComparer.Ordinal);
    private readonly XksMetrics _metrics = new();
    private readonly TimeProvider _clock;

    // Guarded by _gate.
    private bool _isDisposed;

    /// <summary>A client with the clock of the system.</summary>
    public XksClient()
        : this(TimeProvider.System)
    {
    }

    /// <summary>A client with another clock.</summary>
    /// <param name="clock">The clock for the times of signatures and for the time limit of each attempt.</param>
    public XksClient(TimeProvider clock) => _clock = clock;

    /// <inheritdoc/>
    public XksHealth GetHealthStatus(XksProxyTarget proxy, XksRequestMetadata metadata) => Call(
        proxy,
        new ProxyCall("GetHealthStatus", metadata.KmsOperation, Health, ProxyRequests.Health(metadata)),
        (reply, connections) =>
        {
            XksHealth health = ProxyReplies.Health(reply, connections.Certificate);
            _metrics.NoteHealth(proxy.CustomKeyStoreId, health);
            return health;
        });

    /// <inheritdoc/>
    public XksKeyMetadata GetKeyMetadata(XksProxyTarget proxy, string externalKeyId, XksRequestMetadata metadata) => Call(
        proxy,
        new ProxyCall(
            "GetKeyMetadata", metadata.KmsOperation, PathOf(externalKeyId, "metadata"), ProxyRequests.KeyMetadata(metadata)),
        static (reply, _) => ProxyReplies.KeyMetadata(reply));

    /// <inheritdoc/>
    public XksCiphertext Encrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        ReadOnlyMemory<byte> plaintext,
        ReadOnlyMemory<byte> additionalData) => Call(
        proxy,
        new ProxyCall(
            nameof(Encrypt),
            metadata.KmsOperation,
            PathOf(externalKeyId, "encrypt"),
            ProxyRequests.Encrypt(metadata, plaintext.Span, additionalData.Span)),
        (reply, _) => ProxyReplies.Ciphertext(reply, plaintext.Length, additionalData.Span));

    /// <inheritdoc/>
    public byte[] Decrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        XksCiphertext ciphertext,
        ReadOnlyMemory<byte> additionalData) => Call(
        proxy,
        new ProxyCall(
            nameof(Decrypt),
            metadata.KmsOperation,
            PathOf(externalKeyId, "decrypt"),
            ProxyRequests.Decrypt(metadata, ciphertext, additionalData.Span)),
        (reply, _) => ProxyReplies.Plaintext(reply, ciphertext.Ciphertext.Length));

    /// <inheritdoc/>
    public void Disconnect(string customKeyStoreId)
    {
        _metrics.Forget(customKeyStoreId);
        if (_connections.TryRemove(customKeyStoreId, out XksConnections? connections))
        {
            connections.Dispose();
        }
    }

    /// <summary>Closes all connections that no call uses; those of running calls close with them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (string customKeyStoreId in _connections.Keys)
            {
                Disconnect(customKeyStoreId);
            }
        }

        _metrics.Dispose();
    }

    // Clients of HTTP would make another path of the two, and ask for something else than this key.
    private static string PathOf(string externalKeyId, string api) =>
        externalKeyId is CurrentDirectory or ParentDirectory
            ? throw new XksException(
                XksFailure.KeyNotFound, $"'{externalKeyId}' cannot be in a path: no proxy has an external key with this ID.")
            : $"/keys/{externalKeyId}/{api}";

    private T Call<T>(XksProxyTarget proxy, ProxyCall call, Func<ReadOnlyMemory<byte>, XksConnections, T> read)
    {
        long began = _clock.GetTimestamp();
        try
        {
            XksConnections connections = Enter(proxy);
            try
            {
                return read(connections.Send(call.Path, call.Body), connections);
            }
            finally
            {
                connections.Leave();
                _metrics.NoteCall(proxy.CustomKeyStoreId, call, _clock.GetElapsedTime(began), connections.Certificate);
            }
        }
        catch (XksException exception)
        {
            _metrics.NoteError(proxy.CustomKeyStoreId, call, exception.Failure);
            throw;
        }
    }

    // The connections of a proxy, which the caller leaves. Another target of the same key store has taken the place of the former one.
    private XksConnections Enter(XksProxyTarget proxy)
    {
        if (Find(proxy) is { } found)
        {
            return found;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (Find(proxy) is { } added)
            {
                return added;
            }

            _connections.TryGetValue(proxy.CustomKeyStoreId, out XksConnections? former);
            XksConnections connections;
            try
            {
                connections = new XksConnections(proxy, _clock);
            }
            catch (XksException) when (former?.AreOf(proxy) == true && former.TryEnter())
            {
                // A renewed client certificate that cannot be used: the former one stays in use.
                former.KeepCertificate();
                return former;
            }

            _connections[proxy.CustomKeyStoreId] = connections;
            former?.Dispose();

            return connections;
        }
    }

    private XksConnections? Find(XksProxyTarget proxy) =>
        _connections.TryGetValue(proxy.CustomKeyStoreId, out XksConnections? connections)
        && connections.Serves(proxy) && connections.TryEnter() ? connections : null;
}
