using System.Collections.Immutable;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>Plans what surrounds external key stores: the addresses of proxies, and VPC endpoint services.</summary>
internal static class EstateProxyPlanner
{
    /// <summary>Sets the address of a host, unless it has that address.</summary>
    public static void Add(EstatePlanBuilder plan, EstateProxyAddress address)
    {
        XksProxyAddress wanted = new()
        {
            HostName = address.Host.Value.ToLowerInvariant(),
            Address = address.Address?.Value,
            Port = address.Port?.Value ?? XksProxyAddress.DefaultPort,
            TrustAnchors = [.. address.TrustAnchors.Select(static anchor => anchor.Value)],
            ClientCertificatePath = address.ClientCertificate?.Value,
            TimeoutInMilliseconds = address.TimeoutInMilliseconds?.Value ?? XksProxyAddress.DefaultTimeout,
        };
        if (!Check(plan, address, wanted))
        {
            return;
        }

        XksProxyAddress? present = plan.State.ProxyAddresses.GetValueOrDefault(wanted.HostName);
        if (present is not null)
        {
            plan.Ids[address] = present.HostName;
        }

        EstateChange change = new()
        {
            Kind = EstateKind.ProxyAddress,
            Name = wanted.HostName,
            Action = present is null ? EstateAction.Created : EstateAction.Updated,
            Description = $"Reach the proxies at {wanted.Address ?? wanted.HostName}, port {wanted.Port}",
            Target = $"proxy address {wanted.HostName}",
            Position = address.Position,
            Owner = address,
        };
        plan.Changes.Add(XksProxyAddress.AreSame(present, wanted) ? Unchanged(change) : change with
        {
            Steps = [new SetProxyAddressStep(address, wanted)],
        });
    }

    /// <summary>Registers a VPC endpoint service, or changes it to match the description.</summary>
    public static void Add(EstatePlanBuilder plan, EstateVpcEndpointService service)
    {
        VpcEndpointService wanted = new()
        {
            ServiceName = service.Name.Value,
            Owner = service.Owner?.Value ?? plan.State.Store.AccountId,
            PrivateDnsName = service.PrivateDnsName?.Value,
            IsDomainVerified = service.DomainVerified?.Value ?? true,
            AllowedPrincipals = service.AllowedPrincipals is { } principals
                ? [.. principals.Select(static principal => principal.Value)]
                : (ImmutableArray<string>?)null,
            AvailabilityZones = service.AvailabilityZones?.Value ?? VpcEndpointService.RequiredAvailabilityZones,
            AcceptanceRequired = service.AcceptanceRequired?.Value ?? false,
        };
        if (!Check(plan, service, wanted))
        {
            return;
        }

        VpcEndpointService? present = plan.State.VpcEndpointServices.GetValueOrDefault(wanted.ServiceName);
        if (present is not null)
        {
            plan.Ids[service] = present.ServiceName;
        }

        EstateChange change = new()
        {
            Kind = EstateKind.VpcEndpointService,
            Name = wanted.ServiceName,
            Action = present is null ? EstateAction.Created : EstateAction.Updated,
            Description = present is null ? "Register the VPC endpoint service" : "Change the VPC endpoint service",
            Target = $"VPC endpoint service {wanted.ServiceName}",
            Position = service.Position,
            Owner = service,
        };
        plan.Changes.Add(present is not null && VpcEndpointService.AreSame(present, wanted) ? Unchanged(change) : change with
        {
            Steps = [new SetVpcEndpointServiceStep(service, wanted)],
        });
    }

    private static EstateChange Unchanged(EstateChange change) =>
        change with { Action = EstateAction.Unchanged, Description = "Nothing to do" };

    // Each member alone beside valid ones, so that an error stands at its line.
    private static bool Check(EstatePlanBuilder plan, EstateProxyAddress address, XksProxyAddress wanted)
    {
        XksProxyAddress valid = new() { HostName = "proxy" };
        bool isValid = Require(address.Host.Position, valid with { HostName = wanted.HostName });
        isValid &= Require(address.Address?.Position, valid with { Address = wanted.Address });
        isValid &= Require(address.Port?.Position, valid with { Port = wanted.Port });
        isValid &= Require(
            address.TrustAnchors is [var first, ..] ? first.Position : null, valid with { TrustAnchors = wanted.TrustAnchors });
        isValid &= Require(address.ClientCertificate?.Position, valid with { ClientCertificatePath = wanted.ClientCertificatePath });
        isValid &= Require(
            address.TimeoutInMilliseconds?.Position, valid with { TimeoutInMilliseconds = wanted.TimeoutInMilliseconds });
        return isValid;

        bool Require(SourcePosition? position, XksProxyAddress one) =>
            plan.Check(position ?? address.Position, () => ExternalKeyStoreRegistry.Require(one));
    }

    private static bool Check(EstatePlanBuilder plan, EstateVpcEndpointService service, VpcEndpointService wanted)
    {
        VpcEndpointService valid = new()
        {
            ServiceName = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
            Owner = plan.State.Store.AccountId,
        };
        bool isValid = Require(service.Name.Position, valid with { ServiceName = wanted.ServiceName });
        isValid &= Require(service.Owner?.Position, valid with { Owner = wanted.Owner });
        isValid &= Require(service.PrivateDnsName?.Position, valid with { PrivateDnsName = wanted.PrivateDnsName });
        isValid &= Require(
            service.AllowedPrincipals is [var first, ..] ? first.Position : null,
            valid with { AllowedPrincipals = wanted.AllowedPrincipals });
        isValid &= Require(service.AvailabilityZones?.Position, valid with { AvailabilityZones = wanted.AvailabilityZones });
        return isValid;

        bool Require(SourcePosition? position, VpcEndpointService one) =>
            plan.Check(position ?? service.Position, () => ExternalKeyStoreRegistry.Require(one));
    }
}
