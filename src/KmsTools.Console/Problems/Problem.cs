using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Problems;

/// <summary>What a user can do about a problem: words, and the page for it if there is one.</summary>
/// <param name="Text">A sentence.</param>
/// <param name="Url">The page, or null.</param>
public sealed record Cure(string Text, string? Url = null);

/// <summary>What went wrong, as a page shows it.</summary>
public sealed record Problem
{
    /// <summary>The name of the error, such as <c>KMSInvalidStateException</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong, in the words of AWS where it is an error of AWS KMS.</summary>
    public required string Message { get; init; }

    /// <summary>The status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>The decision that refused access; null for every other error.</summary>
    public AccessDecision? Decision { get; init; }

    /// <summary>What to do about it.</summary>
    public ImmutableArray<Cure> Cures { get; init; } = [];

    /// <summary>There is no such page.</summary>
    public static Problem NotFound(string message) =>
        new() { Code = "Page not found", Message = message, Status = StatusCodes.Status404NotFound };

    /// <summary>The problem that an exception tells the user of; null for a fault of the console itself.</summary>
    internal static Problem? Of(Exception exception, ConsoleSession session) => exception switch
    {
        KmsException error => new Problem
        {
            Code = error.ErrorCode,
            Message = error.Message,
            Status = StatusOf(error),
            Decision = error.Decision,
            Cures = Advice.Of(error, session),
        },
        MissingException => Of("Not found", exception, StatusCodes.Status404NotFound),
        AdministrationRefusedException => Of("Administration refused", exception, StatusCodes.Status403Forbidden),
        HsmException hsm => Of("HSM error", hsm, StatusCodes.Status502BadGateway) with { Cures = Advice.Of(hsm) },
        StateStoreException or IOException or UnauthorizedAccessException =>
            Of("The store cannot be used", exception, StatusCodes.Status500InternalServerError),
        ArgumentException argument => Of("Not valid", argument, StatusCodes.Status400BadRequest) with { Message = WithoutName(argument) },
        InvalidOperationException or FormatException or SealException or CryptographicException =>
            Of("Not possible", exception, StatusCodes.Status400BadRequest),
        _ => null,
    };

    private static Problem Of(string code, Exception exception, int status) =>
        new() { Code = code, Message = exception.Message, Status = status };

    private static int StatusOf(KmsException error) => error.ErrorCode switch
    {
        "AccessDeniedException" => StatusCodes.Status403Forbidden,
        "NotFoundException" or "CustomKeyStoreNotFoundException" or "CloudHsmResourceNotFoundException" => StatusCodes.Status404NotFound,
        _ => error.HttpStatusCode,
    };

    // .NET appends the name of the parameter, which says nothing to a user.
    private static string WithoutName(ArgumentException error) => error.ParamName is { } name
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;
}
