using KmsTools.Demo;

if (args is not [var library])
{
    await Console.Error.WriteLineAsync("Usage: KmsTools.Demo <PKCS#11 library of SoftHSM2>, with SOFTHSM2_CONF set.").ConfigureAwait(false);
    return 2;
}

Lab lab = await Lab.StartAsync(library).ConfigureAwait(false);
await using (lab.ConfigureAwait(false))
{
    await new Journeys(lab).PlayAsync().ConfigureAwait(false);
}

Console.WriteLine("\nThe six journeys are done. The store and its keys are gone.");
return 0;
