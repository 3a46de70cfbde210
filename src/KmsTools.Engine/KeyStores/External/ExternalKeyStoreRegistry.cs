using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using KmsTools.Auditing;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// What surrounds external key stores and has no operation in the API of AWS KMS: how the hosts of their proxies are reached, and which VPC
/// endpoint services exist.
/// </summary>
public sealed partial class ExternalKeyStoreRegistry
{
    private const string HealthCheck = "KmsHealthCheck";
    private const int MinTimeout = 50;
    private const int MaxTimeout = 30_000;
    private const int MaxTrustAnchors = 100;

    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly XksProxies _proxies;
    private readonly Administration _administration;

    internal ExternalKeyStoreRegistry(IStateStore store, SnapshotCache snapshots, XksProxies proxies, Administration administration)
    {
        _store = store;
        _snapshots = snapshots;
        _proxies = proxies;
        _administration = administration;
    }

    /// <summary>
    /// Asks the proxies of all external key stores that are connected for their health, as AWS KMS does every few minutes, and notes their
    /// certificates. No answer and no fault changes the connection state of a store. Records no event.
    /// </summary>
    public void CheckHealth()
    {
        ImmutableArray<CustomKeyStore> connected;
        using (IStateReader state = _snapshots.Open())
        {
            connected = [.. state.ListExternalKeyStores().Where(static store => store.ConnectionState == ConnectionStateType.CONNECTED)];
        }

        foreach (CustomKeyStore store in connected)
        {
            try
            {
                CustomKeyStore seen;
                using (IStateReader state = _store.OpenReader())
                {
                    seen = _proxies.CheckHealth(store, state, new() { KmsOperation = HealthCheck, KmsRequestId = CallId.New() });
                }

                NoteCertificate(store, seen.RequiredProxy);
            }
            catch (XksException)
            {
                // The metrics of the client count it; the calls that need the proxy tell their callers.
            }
        }
    }

    /// <summary>The addresses of proxies, in the order of their host names.</summary>
    public ImmutableArray<XksProxyAddress> ListAddresses()
    {
        using IStateReader state = _snapshots.Open();
        return state.ListXksProxyAddresses();
    }

    /// <summary>Sets how the proxies of a host are reached. Takes effect with the next request.</summary>
    /// <param name="address">The address. Replaces the one of the same host name.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">A part is not valid: the message names it.</exception>
    public XksProxyAddress SetAddress(XksProxyAddress address, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        address = address with { HostName = address.HostName.ToLowerInvariant() };
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetXksProxyAddress, caller)
            .With(Members.HostName, address.HostName)
            .With(Members.Address, address.Address)
            .With(Members.Port, address.Port)
            .With(Members.TrustAnchors, address.TrustAnchors.Length)
            .With(Members.TimeoutInMilliseconds, address.TimeoutInMilliseconds);
        return _administration.Do(act, (_, transaction) =>
        {
            Require(address);
            XksProxyAddress set = address with { TrustAnchors = [.. address.TrustAnchors.Select(ReadCertificate)] };
            transaction.PutXksProxyAddress(set);
            return set;
        });
    }

    /// <summary>Removes the address of a host: its proxies are reached as AWS KMS would reach them.</summary>
    /// <param name="hostName">The host name.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>The address that it had.</returns>
    /// <exception cref="ArgumentException">The host has no address.</exception>
    public XksProxyAddress RemoveAddress(string hostName, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(hostName);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveXksProxyAddress, caller).With(Members.HostName, hostName);
        return _administration.Do(act, (_, transaction) =>
        {
            XksProxyAddress address = transaction.FindXksProxyAddress(hostName.ToLowerInvariant())
                ?? throw new ArgumentException($"No address is set for proxies at '{hostName}'.", nameof(hostName));
            transaction.DeleteXksProxyAddress(address.HostName);
            return address;
        });
    }

    /// <summary>The VPC endpoint services, in the order of their names.</summary>
    public ImmutableArray<VpcEndpointService> ListServices()
    {
        using IStateReader state = _snapshots.Open();
        return state.ListVpcEndpointServices();
    }

    /// <summary>Registers a VPC endpoint service, or changes a registered one.</summary>
    /// <param name="service">The service. Replaces the one of the same name.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">A part is not valid: the message names it.</exception>
    public VpcEndpointService SetService(VpcEndpointService service, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetVpcEndpointService, caller)
            .With(Members.ServiceName, service.ServiceName)
            .With(Members.Owner, service.Owner)
            .With(Members.PrivateDnsName, service.PrivateDnsName)
            .With(Members.IsDomainVerified, service.IsDomainVerified)
            .With(Members.AvailabilityZones, service.AvailabilityZones)
            .With(Members.AcceptanceRequired, service.AcceptanceRequired);
        if (service.AllowedPrincipals is { } principals)
        {
            act = act.With(Members.AllowedPrincipals, principals);
        }

        return _administration.Do(act, (_, transaction) =>
        {
            Require(service);
            transaction.PutVpcEndpointService(service);
            return service;
        });
    }

    /// <summary>Removes a VPC endpoint service. Key stores that use it stay as they are, and cannot be connected any more.</summary>
    /// <param name="serviceName">The name.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>The service that was removed.</returns>
    /// <exception cref="ArgumentException">It is not registered.</exception>
    public VpcEndpointService RemoveService(string serviceName, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(serviceName);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveVpcEndpointService, caller).With(Members.ServiceName, serviceName);
        return _administration.Do(act, (_, transaction) =>
        {
            VpcEndpointService service = transaction.FindVpcEndpointService(serviceName)
                ?? throw new ArgumentException($"VPC endpoint service '{serviceName}' is not registered.", nameof(serviceName));
            transaction.DeleteVpcEndpointService(serviceName);
            return service;
        });
    }

    private void NoteCertificate(CustomKeyStore store, ExternalKeyStoreProxy seen)
    {
        ExternalKeyStoreProxy known = store.RequiredProxy;
        if ((known.CertificateNotAfter, known.CertificateName) == (seen.CertificateNotAfter, seen.CertificateName))
        {
            return;
        }

        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindCustomKeyStore(store.Region, store.CustomKeyStoreId) is { Proxy: { } proxy } now && proxy.Host == seen.Host)
        {
            transaction.UpdateCustomKeyStore(now with
            {
                Proxy = proxy with { CertificateName = seen.CertificateName, CertificateNotAfter = seen.CertificateNotAfter },
            });
            transaction.Commit();
        }
    }

    /// <summary>Checks an address as <see cref="SetAddress"/> does.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="ArgumentException">A part is not valid: the message names it.</exception>
    public static void Require(XksProxyAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Demand(HostName().IsMatch(address.HostName), $"'{address.HostName}' is not a host name.", nameof(address));
        Demand(
            address.Address is null || HostName().IsMatch(address.Address) || IPAddress.TryParse(address.Address, out _),
            $"'{address.Address}' is neither a host name nor an IP address.",
            nameof(address));
        Demand(address.Port is >= 1 and <= 65_535, $"Port {address.Port} is not between 1 and 65535.", nameof(address));
        Demand(
            address.TimeoutInMilliseconds is >= MinTimeout and <= MaxTimeout,
            $"The timeout is {MinTimeout} to {MaxTimeout} milliseconds, not {address.TimeoutInMilliseconds}.",
            nameof(address));
        Demand(
            address.TrustAnchors.Length <= MaxTrustAnchors, $"At most {MaxTrustAnchors} trust anchors are allowed.", nameof(address));
        Demand(
            address.ClientCertificatePath is not { } path || System.IO.Path.IsPathFullyQualified(path),
            "The path of the client certificate must be absolute.",
            nameof(address));
        foreach (string anchor in address.TrustAnchors)
        {
            _ = ReadCertificate(anchor);
        }
    }

    // As it is kept.
    private static string ReadCertificate(string pem)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.ExportCertificatePem() + '\n';
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException($"A trust anchor is not a certificate in PEM: {exception.Message}", nameof(pem), exception);
        }
    }

    /// <summary>Checks a VPC endpoint service as <see cref="SetService"/> does.</summary>
    /// <param name="service">The service.</param>
    /// <exception cref="ArgumentException">A part is not valid: the message names it.</exception>
    public static void Require(VpcEndpointService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        Demand(
            service.ServiceName.Length is >= 20 and <= 64 && ServiceName().IsMatch(service.ServiceName),
            $"'{service.ServiceName}' is not the name of a VPC endpoint service, such as "
                + "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.",
            nameof(service));
        _ = AccountId.Parse(service.Owner);
        Demand(
            service.PrivateDnsName is null || HostName().IsMatch(service.PrivateDnsName),
            $"'{service.PrivateDnsName}' is not a host name.",
            nameof(service));
        Demand(
            service.AvailabilityZones is >= 0 and <= 6,
            $"The number of Availability Zones is 0 to 6, not {service.AvailabilityZones}.",
            nameof(service));
        Demand(
            service.AllowedPrincipals is not { } principals
                || principals.All(static principal => principal.Length > 0 && !principal.Any(char.IsWhiteSpace)),
            "An allowed principal is empty or has white space.",
            nameof(service));
    }

    private static void Demand(bool isMet, string message, string parameter)
    {
        if (!isMet)
        {
            throw new ArgumentException(message, parameter);
        }
    }

    [GeneratedRegex(@"^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$")]
    private static partial Regex HostName();

    [GeneratedRegex("^" + VpcEndpointService.NamePattern + "$")]
    private static partial Regex ServiceName();
}
